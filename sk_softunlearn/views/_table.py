"""The parameters of a linear head as a table, and which of them may move."""

from functools import cached_property

import numpy as np

from sk_softunlearn.views._attack import dense
from sk_softunlearn.views._coefficients import as_it_was

__all__ = ["LinearTable"]


class LinearTable:
    """Members of a linear view that say where its parameters are.

    The table has one row per output: its coefficients, then its intercept. `theta` is the flat
    table without what an L1 penalty has put at 0.
    """

    @staticmethod
    def fitted_table(classifier):
        """Return coefficients and intercepts of a classifier, of shape (K, p + intercept)."""
        coef = np.atleast_2d(dense(classifier.coef_))
        if not classifier.fit_intercept:
            return coef
        return np.column_stack([coef, np.reshape(classifier.intercept_, -1)])

    @property
    def intercept(self):
        """Whether the head has an intercept."""
        return self.classifier.fit_intercept

    def l1_penalties(self):
        """Return the L1 penalty of a coefficient and of an intercept, in sum form; by default 0.0.

        Each a float, or an array of shape (K,) where outputs differ.
        """
        return 0.0, 0.0

    @property
    def n_outputs(self):
        """K, the number of raw predictions of a row."""
        return self._shape[0]

    @cached_property
    def support(self):
        """Where theta is in the flat table of all coefficients and intercepts.

        A slice of all of it, or an ndarray of positions if an L1 penalty has put some at 0.
        """
        free = self._per_parameter(self.l1_penalties()) == 0
        movable = free | (self._fitted(self.classifier) != 0)
        return slice(None) if movable.all() else np.flatnonzero(movable)

    @property
    def movable(self):
        """Which coefficients may move, a boolean array of shape (K, p)."""
        moved = self._table(1.0) != 0
        return moved[:, : self._shape[1] - self.intercept]

    @cached_property
    def tilt(self):
        """Slope of the L1 penalty on the side of 0 where the fit is, of shape (d,)."""
        strength = self._per_parameter(self.l1_penalties())
        return (strength * np.sign(self._fitted(self.classifier)))[self.support]

    @property
    def gauge(self):
        """Unpenalised shifts common to all classes, of shape (q, d), where they change nothing."""
        if not self.loss.shift_invariant:
            return np.zeros((0, len(self.theta)))
        # A class in which a parameter is held at 0 cannot be shifted along.
        fixed = np.ones(self._shape)
        fixed.reshape(-1)[self.support] = self.penalty
        # Equal numbers of coefficients on either side of 0: the L1 penalty stays as it is.
        tilted = self._table(self.tilt).sum(axis=0)
        free = np.flatnonzero((fixed == 0).all(axis=0) & (tilted == 0))
        shifts = np.zeros((len(free), *self._shape))
        shifts[np.arange(len(free)), :, free] = 1.0
        return shifts.reshape(len(free), tilted.size * self.n_outputs)[:, self.support]

    def store(self, classifier, theta):
        """Write parameters into a classifier, in place, in the type of its coefficients."""
        table = self._table(theta)
        classifier.coef_ = as_it_was(table[:, : classifier.coef_.shape[-1]], classifier.coef_)
        if self.intercept:
            intercept = np.asarray(classifier.intercept_)
            classifier.intercept_ = table[:, -1].astype(intercept.dtype).reshape(intercept.shape)

    @cached_property
    def _shape(self):
        return self.fitted_table(self.classifier).shape

    def _fitted(self, classifier):
        return self.fitted_table(classifier).reshape(-1)

    def _per_parameter(self, strengths):
        """Return what coefficients and intercepts have, for every parameter of the flat table."""
        coefficient, intercept = strengths
        table = np.empty(self._shape)
        table.T[:] = coefficient
        if self.intercept:
            table[:, -1] = intercept
        return table.reshape(-1)

    def _table(self, theta=None):
        """Return a value per parameter, theta's by default, as a table with 0 for those held."""
        table = np.zeros(self._shape)
        table.reshape(-1)[self.support] = self.theta if theta is None else theta
        return table
