"""Tree ensembles as views: what boosting and forests have in common."""

from abc import abstractmethod
from functools import cached_property
from typing import ClassVar

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sk_softunlearn._sklearn import check_sample_weight, num_samples
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views._base import View
from sk_softunlearn.views._head import find_head, replace_head
from sk_softunlearn.views._reading import read_target
from sk_softunlearn.views._regrown import Regrown
from sk_softunlearn.views._trees._leaves import LeafJacobian

__all__ = ["TreesView"]

# Sums of the leaves that a view keeps: of the fitted ones, the last, and those of the round before.
KEPT_SUMS = 3


class TreesView(View):
    """A tree ensemble whose structure is held: `theta` are the leaf values.

    The raw prediction is linear in them. Weights act by making the leaves anew, tree after tree, as
    the library does (`replayed`); the corrected leaves are the fitted ones plus the difference
    that the weights make, so that nothing moves where no weight changes. No curvature is inverted.

    Parameters
    ----------
    estimator : estimator
        The fitted classifier, alone or at the end of a Pipeline.
    features : array-like or DataFrame of shape (n, p)
        The rows as the classifier sees them.
    target : ndarray of shape (n,)
        Class indices.
    sample_weight : ndarray of shape (n,)
        Weights in the fit, `class_weight` included.
    ensemble : Ensemble
        Reads and writes the trees.
    theta : ndarray of shape (d,), default=None
        Leaf values; None takes the fitted ones.
    """

    replays = True
    convex = True
    kinds: ClassVar[tuple] = ()

    def __init__(self, estimator, features, target, sample_weight, ensemble, theta=None):
        self.estimator = estimator
        self.classifier = find_head(estimator).classifier
        self.features_seen = features
        self.target = target
        self.sample_weight = sample_weight
        self.ensemble = ensemble
        self.fitted = ensemble.values
        self.theta = self.fitted if theta is None else theta
        self.leaves = ensemble.leaves(features, len(target))
        self.loss = self.make_loss()
        # The last weights that leaves were made with: correcting and linearising ask for the same.
        # The last leaf values that were summed: every objective asks for the same.
        self.memory = {}

    @abstractmethod
    def make_loss(self):
        """Return the pointwise `Loss` of the raw predictions."""

    @abstractmethod
    def make_leaves(self, weight):
        """Make the leaves of the held trees with other row weights.

        Parameters
        ----------
        weight : ndarray of shape (n,)
            Total weight of every row, at least 0.

        Returns
        -------
        made : object
            With `minus(other)`: the difference of their leaf values, of shape (d,).
        """

    @abstractmethod
    def derivatives(self, made, gradients):
        """Return the derivative of functions of the leaves in the row weights, of shape (m, n).

        Parameters
        ----------
        made : object
            What `make_leaves` returned at these weights.
        gradients : ndarray of shape (m, d)
            Of the functions, in the leaf values.
        """

    @abstractmethod
    def moves(self, made, change):
        """Return the derivative of the leaves along a change of the row weights, of shape (d,).

        Parameters
        ----------
        made : object
            What `make_leaves` returned at these weights.
        change : ndarray of shape (n,)
            Of the weights.
        """

    @property
    @abstractmethod
    def fidelity(self):
        """Largest difference between the raw predictions and those of leaves made anew, a float.

        Both with the weights of the fit, on its rows: what `make_leaves` does not know of the
        library shows here.
        """

    @classmethod
    def kind_of(cls, classifier):
        """Return the `Ensemble` that reads a classifier, None if there is none."""
        return next((kind for kind in cls.kinds if kind.accepts(classifier)), None)

    @classmethod
    def accepts(cls, classifier):
        """Say whether `classifier` is one of the ensembles that this view reads."""
        return cls.kind_of(classifier) is not None

    @classmethod
    def check(cls, classifier):
        cls.kind_of(classifier).check(classifier)

    @classmethod
    def read(cls, estimator, X, y, sample_weight=None):
        head = find_head(estimator)
        kind = cls.kind_of(head.classifier)
        kind.check(head.classifier)
        check_is_fitted(head.classifier)
        ensemble = kind(head.classifier)
        features = head.transform(X)
        target = read_target(head.classifier, y, num_samples(features))
        weight = check_sample_weight(sample_weight, target, dtype=np.float64)
        weight = weight * ensemble.row_factor(target, weight)
        return cls(estimator, features, target, weight, ensemble)

    def on(self, X, y, sample_weight=None):
        features = find_head(self.estimator).transform(X)
        target = read_target(self.classifier, y, num_samples(features))
        weight = check_sample_weight(sample_weight, target, dtype=np.float64)
        rows = (self.estimator, features, target, weight, self.ensemble)
        if isinstance(self.theta, Regrown):
            return type(self)(*rows).at(self.theta)
        return type(self)(*rows, theta=self.theta)

    def at(self, theta):
        """Return the view of the same rows at other leaf values, or with other trees."""
        if not isinstance(theta, Regrown):
            return super().at(theta)
        kind = type(self.ensemble)
        return type(self)(
            theta.classifier,
            self.features_seen,
            self.target,
            self.sample_weight,
            kind(theta.classifier),
            theta=theta,
        )

    def moved_to(self, estimator, X, y):
        classifier = find_head(estimator).classifier
        return self.at(Regrown.of(type(self.ensemble)(classifier).values, classifier))

    def store(self, classifier, theta):
        type(self.ensemble)(classifier).store(theta)

    def write(self, theta):
        if isinstance(theta, Regrown):
            return replace_head(self.estimator, theta.classifier)
        return super().write(theta)

    @cached_property
    def jacobian(self):
        return LeafJacobian(self.leaves)

    @cached_property
    def raw_prediction(self):
        return self.offset + self._sum

    @property
    def _sum(self):
        """The sum of the leaves of every row, of shape (n, K)."""
        theta, sums = np.asarray(self.theta), self.memory.get("sums", [])
        found = next((total for t, total in sums if np.array_equal(t, theta)), None)
        if found is None:
            found = self.leaves.add(theta)
            self.memory["sums"] = [(theta, found), *sums[: KEPT_SUMS - 1]]
        return found

    @cached_property
    def offset(self):
        """The raw predictions by the library itself, less the sum of the fitted leaves, (n, K).

        The same for all rows but for the rounding of the library.
        """
        return self.ensemble.raw(self.features_seen) - self.leaves.add(self.fitted)

    @property
    def penalty(self):
        """0.0 for every leaf: what a library adds to its sums is part of how it makes them."""
        return np.zeros(len(self.theta))

    @property
    def gauge(self):
        return np.zeros((0, len(self.theta)))

    def refitted(self, weight):
        labels = self.classifier.classes_[self.target]
        grown = self.ensemble.regrown(self.features_seen, labels, weight)
        return self.at(Regrown.of(type(self.ensemble)(grown).values, grown))

    @cached_property
    def base(self):
        """The leaves that are made with the weights of the fit."""
        return self.make_leaves(self.sample_weight)

    @cached_property
    def made(self):
        """The leaves under the weights from which further changes are asked for."""
        return self.base

    def under(self, weight):
        return self.replace(made=self._remembered(weight))

    def replayed(self, weight):
        """Return the view of the same rows with the leaves that these weights make.

        They are the fitted ones plus the difference between what these weights make and what those
        of the fit make, within the monotone constraints. A leaf that has lost all of its rows stays
        as it is.
        """
        moved = self.fitted + self._remembered(weight).minus(self.base)
        return self.at(self.ensemble.structure.keep(moved))

    def _remembered(self, weight):
        last, made = self.memory.get("last", (None, None))
        if last is None or not np.array_equal(last, weight):
            made = self.make_leaves(weight)
            self.memory["last"] = weight, made
        return made

    def respond(self, gradients, inverse):
        derivatives = self.derivatives(self.made, np.array(list(gradients.values())))
        scores = -self.sample_weight * derivatives
        return dict(zip(gradients, scores, strict=True))

    def displacement(self, epsilon, inverse):
        return self.moves(self.made, self.sample_weight * epsilon)

    def layer_blocks(self, bend):
        self.jacobian.gram(bend)

    @property
    def features(self):
        """Refused: which rows are near each other, trees do not say."""
        raise UnsupportedEstimatorError(
            "'metric' 'individual_fairness' by nearest neighbours needs a space of features, which "
            "trees do not have. Use IndividualFairness(twins=...)."
        )

    def adversarial(self, overshoot):
        return self.attacked_inputs(None)

    def attacked_inputs(self, move):
        raise UnsupportedEstimatorError(
            "'metric' 'robustness' needs a gradient in the inputs, which trees do not have. Use "
            "another metric."
        )

    def unfinished(self, inverse):
        """Return 0.0 for every leaf: what a fit left open is no part of the difference."""
        return np.zeros(len(self.theta))
