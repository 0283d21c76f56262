"""Several objectives together on the same validation rows."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

__all__ = ["Look", "Panel"]


@dataclass(frozen=True)
class Look:
    """What objectives are at some parameters.

    Parameters
    ----------
    measured : dict of str to float
        Their values.
    grain : dict of str to float
        By how much one row changes each: less cannot be told.
    observed : dict of str to object
        What each wants to be told of later.
    """

    measured: dict
    grain: dict
    observed: dict


class Panel:
    """Objectives bound to validation rows at the fitted classifier.

    Parameters
    ----------
    objectives : dict of str to Objective
        What is measured, by name.
    view : View
        Of the validation rows, at the fitted parameters.
    rows : EvaluationRows
        What the objectives need to know of these rows.
    """

    def __init__(self, objectives, view, rows):
        self.objectives = objectives
        self.rows = rows
        self.views = {name: objective.place(view, rows) for name, objective in objectives.items()}
        self.bound = {
            name: objective.bind(self.views[name].raw_prediction, rows)
            for name, objective in objectives.items()
        }

    def gradients(self, theta, seen=()) -> dict[str, np.ndarray]:
        """Return the gradient of every objective at parameters of shape (d,), a dict of (d,).

        `seen` are the looks that were taken where weights have led so far, in order.
        """
        return self.slopes(theta, tuple(self.views), (), seen)[0]

    def slopes(self, theta, names, rivalled, seen=(), others=None):
        """Return gradients of objectives, and value and gradient of what may overtake them.

        Parameters
        ----------
        theta : ndarray of shape (d,)
            Where.
        names : sequence of str
            Whose gradients.
        rivalled : sequence of str
            Of which objectives the rivals are asked for: what could become the largest instead.
        seen : sequence of Look, default=()
            What was measured where weights have led so far, in order.
        others : dict of str to tuple of (View, callable), default=None
            What else pulls at the parameters, by name: `J^T r` is asked for, with the r of shape
            (n, K) that is returned. Everything that has rows in common is computed together.

        Returns
        -------
        gradients : dict of str to ndarray of shape (d,)
            By name.
        rivals : dict of (str, int) to tuple of (float, ndarray of shape (d,))
            By name of the objective and number from 1.
        pulled : dict of str to ndarray of shape (d,)
            Of the others.
        """
        # Keys that are the name of no objective.
        sloped = {("other", key): each for key, each in (others or {}).items()}
        values: dict = {}
        for name, there in self._places(theta, {*names, *rivalled}):
            raw = there.raw_prediction
            bound = self._learned(name, seen)
            if name in names:
                sloped[name] = there, partial(bound.refresh(raw).gradient, raw)
            for k, other in enumerate(bound.rivals(raw) if name in rivalled else (), 1):
                values[name, k] = other.counted(raw)
                sloped[name, k] = there, partial(other.gradient, raw)
        pulled = _pulled(sloped)
        rivals = {key: (value, pulled[key]) for key, value in values.items()}
        beside = {key: pulled["other", key] for key in others or ()}
        return {name: pulled[name] for name in names}, rivals, beside

    def measure(self, theta) -> dict[str, float]:
        """Return the value of every objective at parameters of shape (d,), a dict of floats."""
        return self.look(theta).measured

    def follow(self, theta) -> dict[str, float]:
        """Return what influence predicts the changes of, at parameters of shape (d,).

        What is measured; of an objective that is counted, which moves in steps, what it follows.
        """
        values = {}
        for name, there in self._places(theta, self.views):
            raw, bound = there.raw_prediction, self.bound[name]
            values[name] = bound.value(raw) if bound.grain else bound.measure(raw)
        return values

    def look(self, theta) -> Look:
        """Measure every objective at parameters of shape (d,)."""
        measured, grain, observed = {}, {}, {}
        for name, there in self._places(theta, self.views):
            raw = there.raw_prediction
            bound = self.bound[name].refresh(raw)
            measured[name], grain[name] = bound.counted(raw), bound.grain
            observed[name] = bound.observe(raw)
        return Look(measured, grain, observed)

    def _places(self, theta, names):
        """Yield objectives, and their views at parameters: one where they have one in common."""
        moved = {}
        for name, view in self.views.items():
            if name in names:
                there = moved.setdefault(id(view), view.at(theta))
                yield name, there

    def _learned(self, name, seen):
        return self.bound[name].learn(tuple(look.observed[name] for look in seen))

    def resample(self, thetas, n_boot, random_state=0, follow=iter):
        """Measure every objective on rows drawn with replacement.

        Parameters
        ----------
        thetas : list of ndarray of shape (d,)
            Where to measure; at the first, the fitted parameters, gaps get their sign in each draw.
        n_boot : int
            Number of draws.
        random_state : int, default=0
            Seed.
        follow : callable, default=iter
            Returns an iterator over the draws, which tells of progress.

        Returns
        -------
        draws : dict of str to ndarray of shape (n_boot, len(thetas))
            nan for an objective that the weights of these rows do not change: one that is measured
            on rows of its own.
        """
        rng = np.random.default_rng(random_state)
        raws = {
            name: [view.at(theta).raw_prediction for theta in thetas]
            for name, view in self.views.items()
        }
        draws = {name: np.empty((n_boot, len(thetas))) for name in self.views}
        count = len(self.rows.target)
        for draw in follow(range(n_boot)):
            times = np.bincount(rng.integers(count, size=count), minlength=count)
            # The same groups count in every draw: one holds fewer different rows.
            rows = replace(
                self.rows,
                sample_weight=times * self.rows.sample_weight,
                counted_rows=self.rows.counting(),
            )
            for name, objective in self.objectives.items():
                bound = objective.bind(raws[name][0], rows)
                draws[name][draw] = [bound.measure(raw) for raw in raws[name]]
        for values in draws.values():
            values[:, np.all(values == values[:1], axis=0)] = np.nan
        return draws


def _pulled(sloped):
    """Return `J^T r` for r by name, with one product where several have one Jacobian."""
    shared, pulled = {}, {}
    for key, (there, make) in sloped.items():
        # A view of its own, as of pairs of rows, need only know how to pull.
        rows = getattr(there, "jacobian", there)
        # They are held on to: an id tells them apart only as long as they live.
        shared.setdefault(id(rows), (rows, there, {}))[2][key] = make
    for rows, there, named in shared.values():
        if len(named) == 1 or rows is there:
            pulled |= {key: there.pull(make()) for key, make in named.items()}
            continue
        cotangents = np.empty((rows.shape[0], len(named)))
        for column, make in zip(cotangents.T, named.values(), strict=True):
            column[:] = make().reshape(-1)
        pulled |= zip(named, rows.rmatmat(cotangents).T, strict=True)
    return pulled
