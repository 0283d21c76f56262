"""Adult: where a request becomes infeasible, and what the answer says.

    python infeasible.py

For delta from 0.1 to 1, several slacks of the guard and several bounds: whether weights exist for
the linear problem of one round, as the paper's recipe (recipes.py) asks it. Each refusal names the
largest delta and the smallest slack; both are tried, with a millionth to spare and a millionth
beyond.
"""

import pandas as pd
from adult import load, model, parts
from recipes import PAPER

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.exceptions import InfeasibleWeightsError

DELTAS = [k / 10 for k in range(1, 11)]
SLACKS = (0.0, 0.001, 0.01)
BOUNDS = ((-0.05, 0.05), (-0.1, 0.1), (-0.1, None), (-0.2, 0.2), (-1, 1), (-1, None))
SPARE = 1e-6


class Requests:
    """Requests of one fitted classifier with one guard."""

    def __init__(self, guard):
        X, y = load()
        training, validation, _ = parts(X, y, 0)
        self.fitted = model().fit(X.iloc[training], y.iloc[training])
        self.training = X.iloc[training], y.iloc[training]
        self.validation = {
            "X_val": X.iloc[validation],
            "y_val": y.iloc[validation],
            "sensitive_features_val": X["sex"].iloc[validation],
        }
        self.guard, self.known = guard, {}

    def refusal(self, slack, **parameters):
        """Return why there are no weights, or None; influence is computed once per slack."""
        if slack not in self.known:
            soft = SoftUnlearner(self.fitted, **PAPER | {"guards": {self.guard: slack}})
            self.known[slack] = soft.fit_influence(*self.training, **self.validation)
        try:
            self.known[slack].set_params(**parameters).compute_weights()
        except InfeasibleWeightsError as refusal:
            return refusal
        return None


def sweep(guard):
    requests, records, wrong, sentence = Requests(guard), [], [], None
    for bounds in BOUNDS:
        for slack in SLACKS:
            reached = 1.0
            for delta in DELTAS:
                asked = {"slack": slack, "bounds": bounds, "delta": delta}
                refusal = requests.refusal(**asked)
                if refusal is None:
                    continue
                sentence, reached = refusal, refusal.max_delta
                for key, value, beyond in (
                    ("delta", refusal.max_delta, 1 + SPARE),
                    ("slack", refusal.min_slack, 1 - SPARE),
                ):
                    if not 0 < value < float("inf"):
                        continue
                    ends = [value * (2 - beyond), value * beyond]
                    verdicts = [requests.refusal(**asked | {key: end}) is None for end in ends]
                    if verdicts != [True, False]:
                        wrong.append((asked, key, value, verdicts))
            records.append({"bounds": str(bounds), "slack": slack, "largest delta": reached})
    table = pd.DataFrame(records).pivot(index="bounds", columns="slack", values="largest delta")
    print(f"\nguard {guard}: largest delta (1: all are feasible)")
    print(table.loc[list(map(str, BOUNDS))].round(6).to_string())
    print("last refusal:", sentence)
    print(f"answers that do not hold to {SPARE:g}: {len(wrong)}", *wrong[:3], sep="\n")


def main():
    for guard in ("log_loss", "robustness"):
        sweep(guard)


if __name__ == "__main__":
    main()
