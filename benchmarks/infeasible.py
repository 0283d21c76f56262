"""Adult: where a request becomes infeasible, and what the answer says.

    python infeasible.py

For delta from 0.1 to 1, several slacks of the guard and several bounds: whether weights exist for
the linear problem of one round. Each refusal names the largest delta and the smallest slack; both
are tried, with a millionth to spare and a millionth beyond.
"""

import pandas as pd
from adult import load, model, parts

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.exceptions import InfeasibleWeightsError

DELTAS = [k / 10 for k in range(1, 11)]
SLACKS = (0.0, 0.001, 0.01)
BOUNDS = ((-0.05, 0.05), (-0.1, 0.1), (-0.1, None), (-0.2, 0.2), (-1, 1), (-1, None))
SPARE = 1e-6


def feasible(soft, **parameters):
    try:
        soft.set_params(**parameters).compute_weights()
    except InfeasibleWeightsError as refusal:
        return refusal
    return None


def sweep(soft, guard, grid):
    records, wrong, sentence = [], [], None
    for bounds in BOUNDS:
        for slack in SLACKS:
            reached = 1.0
            for delta in grid:
                asked = {"bounds": bounds, "guards": {guard: slack}, "delta": delta}
                refusal = feasible(soft, **asked)
                if refusal is None:
                    continue
                sentence = refusal
                reached = refusal.max_delta
                for key, value, beyond in (
                    ("delta", refusal.max_delta, 1 + SPARE),
                    ("guards", refusal.min_slack, 1 - SPARE),
                ):
                    if not 0 < value < float("inf"):
                        continue
                    within = value * (2 - beyond)
                    ends = [within, value * beyond]
                    ends = [{guard: end} for end in ends] if key == "guards" else ends
                    verdicts = [feasible(soft, **asked | {key: end}) is None for end in ends]
                    if verdicts != [True, False]:
                        wrong.append((asked, key, value, verdicts))
            records.append({"bounds": str(bounds), "slack": slack, "largest delta": reached})
    table = pd.DataFrame(records).pivot(index="bounds", columns="slack", values="largest delta")
    print(f"\nguard {guard}: largest delta (1: all are feasible)")
    print(table.loc[list(map(str, BOUNDS))].round(6).to_string())
    print("last refusal:", sentence)
    print(f"answers that do not hold to {SPARE:g}: {len(wrong)}", *wrong[:3], sep="\n")


def main():
    X, y = load()
    training, validation, _ = parts(X, y, 0)
    fitted = model().fit(X.iloc[training], y.iloc[training])
    for guard in ("log_loss", "robustness"):
        soft = SoftUnlearner(fitted, guards=(guard,)).fit_influence(
            X.iloc[training],
            y.iloc[training],
            X_val=X.iloc[validation],
            y_val=y.iloc[validation],
            sensitive_features_val=X["sex"].iloc[validation],
        )
        sweep(soft, guard, DELTAS)


if __name__ == "__main__":
    main()
