"""Several objectives together on the same validation rows."""

from dataclasses import replace

import numpy as np

__all__ = ["Panel"]


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

    def gradients(self, theta) -> dict[str, np.ndarray]:
        """Return the gradient of every objective at parameters of shape (d,), a dict of (d,)."""
        gradients = {}
        for name, view in self.views.items():
            there = view.at(theta)
            bound = self.bound[name].refresh(there.raw_prediction)
            gradients[name] = there.pull(bound.gradient(there.raw_prediction))
        return gradients

    def rivals(self, name, theta):
        """Return value and gradient in theta of what could become the largest instead of one."""
        view = self.views[name].at(theta)
        raw = view.raw_prediction
        return [
            (bound.counted(raw), view.pull(bound.gradient(raw)))
            for bound in self.bound[name].rivals(raw)
        ]

    def measure(self, theta) -> dict[str, float]:
        """Return the value of every objective at parameters of shape (d,), a dict of floats."""
        return {
            name: self.bound[name].measure(view.at(theta).raw_prediction)
            for name, view in self.views.items()
        }

    def resample(self, thetas, n_boot, random_state=0):
        """Measure every objective on rows drawn with replacement.

        Parameters
        ----------
        thetas : list of ndarray of shape (d,)
            Where to measure; at the first, the fitted parameters, gaps get their sign in each draw.
        n_boot : int
            Number of draws.
        random_state : int, default=0
            Seed.

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
        for draw in range(n_boot):
            times = np.bincount(rng.integers(count, size=count), minlength=count)
            rows = replace(self.rows, sample_weight=times * self.rows.sample_weight)
            for name, objective in self.objectives.items():
                bound = objective.bind(raws[name][0], rows)
                draws[name][draw] = [bound.measure(raw) for raw in raws[name]]
        for values in draws.values():
            values[:, np.all(values == values[:1], axis=0)] = np.nan
        return draws
