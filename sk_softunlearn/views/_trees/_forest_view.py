"""Forests and single trees as views."""

from functools import cached_property

import numpy as np

from sk_softunlearn.losses import ShareLoss
from sk_softunlearn.views._trees._averaging import average, respond, shift
from sk_softunlearn.views._trees._forest import Forest
from sk_softunlearn.views._trees._view import TreesView

__all__ = ["ForestView"]


class ForestView(TreesView):
    r"""RandomForestClassifier, ExtraTreesClassifier and DecisionTreeClassifier.

    A leaf is the weighted share of each class among its rows,

    .. math:: v_{lk} = \frac{\sum_{i \in l} c_i s_i [y_i = k]}{\sum_{i \in l} c_i s_i},

    with :math:`c_i` how often the tree has drawn row i. That is a closed form in the row weights,
    and so is its derivative.

    Raises
    ------
    UnsupportedEstimatorError
        By `read`, if the trees are grown down to nearly pure leaves, which no weights move.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sk_softunlearn.views import ForestView
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = RandomForestClassifier(10, min_samples_leaf=5, random_state=0).fit(X, y)
    >>> view = ForestView.read(model, X, y)
    >>> bool(view.fidelity < 1e-12)
    True
    """

    kinds = (Forest,)

    def make_loss(self):
        return ShareLoss()

    @cached_property
    def bags(self):
        """How often every tree has drawn every row, a function of its number."""
        return self.ensemble.bags(self.target)

    @property
    def fidelity(self):
        missed = np.nan_to_num(self.base.theta - self.fitted)
        return float(np.abs(self.leaves.add(missed)).max())

    def make_leaves(self, weight):
        return average(self.leaves, self.bags, self.target, weight)

    def moves(self, made, change):
        return shift(self.leaves, self.bags, self.target, made, change)

    def derivatives(self, made, gradients):
        return respond(self.leaves, self.bags, self.target, made, gradients)
