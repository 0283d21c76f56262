"""Boosted trees as a view."""

from functools import cached_property

import numpy as np

from sk_softunlearn.losses import LogisticLoss, MultinomialLoss
from sk_softunlearn.views._trees._boosting import replay, respond, shift
from sk_softunlearn.views._trees._catboost import CatBoost
from sk_softunlearn.views._trees._ensemble import refuse
from sk_softunlearn.views._trees._gradient_boosting import GradientBoosting
from sk_softunlearn.views._trees._hist_gradient_boosting import HistGradientBoosting
from sk_softunlearn.views._trees._lightgbm import LightGBM
from sk_softunlearn.views._trees._rule import indicators
from sk_softunlearn.views._trees._view import TreesView
from sk_softunlearn.views._trees._xgboost import XGBoost

__all__ = ["BoostedTreesView"]

# Log odds that differ by less are the same: libraries round them to floats of four bytes.
SAME = 1e-4
# Share of the slopes in leaves of one class above which weights move nothing but the prior. Trees
# of one row per leaf come to 1; defaults to 0.8 at most, on a hundred rows of classes far apart.
MOST_PURE = 0.95


class BoostedTreesView(TreesView):
    r"""Boosted trees of scikit-learn, LightGBM, XGBoost and CatBoost.

    Weights act by boosting again along the same trees. With slopes r and bends b of the log loss at
    the predictions of the trees before it, the value of leaf l is

    .. math::

        v_l = -\eta\, \frac{G_l}{c H_l + \Lambda}, \qquad
        G_l = \sum_{i \in l} s_i r_i, \quad H_l = \sum_{i \in l} s_i b_i,

    with :math:`\eta` the learning rate, :math:`\Lambda` the L2 penalty and c a constant of the
    library. Influence is the exact derivative of that, by one sweep back through the trees
    (LeafInfluence, Sharchilev et al. 2018).

    Raises
    ------
    UnsupportedEstimatorError
        By `read`, if the trees minimise another loss. By `check_movable`, if nearly all of what
        they have still to learn is in leaves of one class.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> from sk_softunlearn.views import BoostedTreesView
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = HistGradientBoostingClassifier(max_iter=10).fit(X, y)
    >>> view = BoostedTreesView.read(model, X, y)
    >>> bool(view.fidelity < 1e-5)
    True
    """

    computed = ("jacobian",)
    kinds = (HistGradientBoosting, GradientBoosting, LightGBM, XGBoost, CatBoost)

    def check_movable(self):
        if self.base.pure > MOST_PURE:
            raise refuse(
                self.classifier,
                "knows its rows by heart: of what it misses them by, "
                f"{self.base.pure:.0%} is in leaves of one class",
                f"Weights do not move such leaves; fit it with {self.ensemble.more_rows}.",
            )

    def make_loss(self):
        return LogisticLoss() if self.ensemble.structure.n_outputs == 1 else MultinomialLoss()

    @cached_property
    def learning(self):
        """Which rows the trees were made of, of shape (n,)."""
        return self.ensemble.learning(self.target)

    @cached_property
    def fidelity(self):
        return self._missed_by(self.base)

    def _missed_by(self, path):
        """Return by how much a replay misses the raw predictions at most, a float."""
        missed = path.raw_prediction - self.held - self.leaves.add(self.fitted)
        missed = missed[self.learning]
        if missed.shape[1] > 1:
            # What is added to all classes alike is seen by nobody.
            missed = missed - missed.mean()
        return float(np.abs(missed).max())

    @cached_property
    def held(self):
        """What is added to the sum of the leaves, of shape (K,) or (n, K)."""
        return self.ensemble.held(self.features_seen, self.leaves)

    @cached_property
    def offset(self):
        """What is held, where leaves add up to the raw predictions but for the last digits."""
        return self.held if self.ensemble.adds_exactly else super().offset

    @cached_property
    def rule(self):
        """How the library makes leaf values."""
        return self.ensemble.rule(self.target, self.sample_weight)

    @cached_property
    def start(self):
        """What is held: the raw predictions without the trees and without the prior."""
        shape = (len(self.target), self.ensemble.structure.n_outputs)
        held = np.broadcast_to(self.held, shape)
        if self.ensemble.prior_in_leaves:
            return held
        weight = self.sample_weight * self.learning
        start = held - self.rule.prior_of(indicators(self.target, shape[1]), weight)
        # A model that was corrected before holds the prior of its first fit; what has moved that is
        # in its first leaves. Of several classes all may be moved by the same.
        moved = start.mean(axis=1, keepdims=True) if shape[1] > 1 else 0.0
        if not self.rule.prior or np.abs(start - moved).max() < SAME:
            return start
        starts = start, np.broadcast_to(moved, shape)
        return min(starts, key=lambda s: self._missed_by(self._replay(self.sample_weight, s)))

    def make_leaves(self, weight):
        return self._replay(weight, self.start)

    def _replay(self, weight, start):
        return replay(self.leaves, self.rule, self.target, weight * self.learning, start)

    def moves(self, made, change):
        return shift(self.leaves, self.rule, self.target, made, change * self.learning)

    def derivatives(self, made, gradients):
        derivatives = respond(self.leaves, self.rule, self.target, made, gradients)
        return derivatives * self.learning
