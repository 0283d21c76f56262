"""What may be left out of a view."""

from functools import cached_property

import numpy as np
from sklearn.utils import check_random_state

from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views._layer import Layer

__all__ = ["PROXIMAL_SHARE", "OptionalMembers"]

# Share of the mean curvature of a layer that is added to it. Of the shares from 0.03 to 3 it ranks
# the changes that retraining brings best without losing their size; Grosse et al. (2023, section
# 5.1) add 0.1. `benchmarks/network_influence.py` measures it.
PROXIMAL_SHARE = 1.0


class OptionalMembers:
    """Optional members of a view. Those without a default raise an error that says what to write.

    With a default: `check`, `check_movable`, `layers`, `proximal`, `fresh`, `respond`,
    `displacement`, `refitted_whole`, `under`, `unfinished` and `fidelity`. Without one:
    `layer_blocks`, `features`, `adversarial`, `attacked_inputs`, `refitted`, `trained_on` and
    `replayed`.
    """

    #: Largest difference between the raw predictions and those that the view makes anew with the
    #: weights of the fit, in the unit of these; None of a minimum, whose gradient says how near it
    #: is.
    fidelity = None

    @classmethod
    def check(cls, classifier):
        """Refuse a classifier of the right kind with the wrong settings, fitted or not.

        Parameters
        ----------
        classifier : estimator
            One that the view accepts.

        Raises
        ------
        UnsupportedEstimatorError
            If what it minimises with these settings cannot be read.
        """

    def check_movable(self):
        """Refuse a fit that no weights move; where a view does not say, all are moved.

        Raises
        ------
        UnsupportedEstimatorError
            Saying what to fit instead.
        """

    @property
    def layers(self):
        """The layers of theta, from the inputs to the raw prediction, a list of `Layer`.

        Where a view does not say: one, of all parameters, in one row.
        """
        return [Layer(slice(0, len(self.theta)), 1, len(self.theta), intercept=False)]

    def layer_blocks(self, bend):
        """Yield, block by block of rows, what every layer is fed and what its output does.

        Parameters
        ----------
        bend : Bend
            B, one symmetric K x K matrix per row.

        Yields
        ------
        layers : list of (ndarray of shape (b, inputs), list of ndarray of shape (b, outputs))
            One pair per layer: what it is fed, a column of ones for an intercept included, and the
            derivative of each of the bend's columns (`Bend.columns`) in its output.
        weights : list of ndarray of shape (b,)
            One per column.

        Raises
        ------
        UnsupportedEstimatorError
            Where a view does not say it.
        """
        raise self._lacks(
            "layer_blocks",
            "'curvature' 'ekfac' or 'dual', or one by products of a model that is not convex,",
            "Use curvature='exact' or 'diagonal', or write it.",
        )

    @cached_property
    def features(self):
        """The rows as the corrected layers see them, of shape (n, p): who is near whom."""
        raise self._lacks(
            "features",
            "'metric' 'individual_fairness' by nearest neighbours",
            "Use IndividualFairness(twins=...), or give the view the rows as an attribute.",
        )

    def adversarial(self, overshoot):
        """Return the view of the rows moved across the nearest decision boundary.

        They move in the space of the features that the corrected layers see, and stay where they
        are when the parameters change.

        Parameters
        ----------
        overshoot : float
            Length of the move in units of the distance to the boundary.

        Returns
        -------
        view : View
            The moved rows with the labels of the original ones.

        Raises
        ------
        UnsupportedEstimatorError
            Where a view does not say it.
        """
        raise self._lacks(
            "adversarial",
            "'metric' 'robustness' with attack='boundary'",
            "Use attack='inf' or '2', or write it.",
        )

    def attacked_inputs(self, move):
        """Return the view of rows moved by a function of them and of their losses' gradient.

        Parameters
        ----------
        move : callable
            Called as `move(inputs, gradient)`; returns the moved rows. `inputs` are the rows as the
            classifier sees them, dense, of shape (n, p); `gradient` maps such rows to the
            derivative of every row's loss in them, at the present parameters.

        Returns
        -------
        view : View
            The moved rows with the labels of the original ones.

        Raises
        ------
        UnsupportedEstimatorError
            Where a view does not say it.
        """
        raise self._lacks(
            "attacked_inputs",
            "'metric' 'robustness' with attack='inf' or '2'",
            "Use attack='boundary', or write it.",
        )

    def refitted(self, weight):
        """Return the view of the same rows at the parameters of a clone that is fitted anew.

        The clone has the settings of the classifier and is fitted with these weights;
        `class_weight` is in them already. If theta is a part of the classifier, as the last layer
        of a network is, that part is fitted and the rest is held.

        Parameters
        ----------
        weight : ndarray of shape (n,)
            Total weight of every row.

        Returns
        -------
        view : View
            With the refitted `theta`; its `sample_weight` is that of this view.

        Raises
        ------
        UnsupportedEstimatorError
            Where a view does not say it, or if `theta` cannot say what the clone has come to.
        """
        raise self._lacks(
            "refitted",
            "Retraining (correction='retrain')",
            "Use correction='newton' or 'influence', or write it.",
        )

    def refitted_whole(self, weight):
        """Return the view of the same rows on a clone that is fitted anew in all its parts.

        By default `refitted`. A view of the last layer of a network fits the hidden layers, too.

        Parameters
        ----------
        weight : ndarray of shape (n,)
            Total weight of every row.

        Returns
        -------
        view : View
            Its `theta` is what `at` and `write` take; its `sample_weight` is that of this view.

        Raises
        ------
        UnsupportedEstimatorError
            As `refitted`.
        """
        return self.refitted(weight)

    def trained_on(self, weight, n_epochs):
        """Return the view of the same rows after some epochs from here, with other weights.

        The slope that training left is taken off, so that with the weights of the fit the
        parameters stay, up to the noise of the steps.

        Parameters
        ----------
        weight : ndarray of shape (n,)
            Total weight of every row.
        n_epochs : int
            Passes over the rows.

        Returns
        -------
        view : View
            With the new `theta`; its `sample_weight` is that of this view.

        Raises
        ------
        UnsupportedEstimatorError
            Where a view does not say it.
        """
        raise self._lacks(
            "trained_on",
            "'n_epochs' of FineTune",
            "Leave it at None; it is for all layers of a TorchClassifier.",
        )

    def replayed(self, weight):
        """Return the view of the same rows with the parameters that these weights make.

        They are made anew along a structure that is held, as the leaves of trees are.

        Parameters
        ----------
        weight : ndarray of shape (n,)
            Total weight of every row.

        Returns
        -------
        view : View
            With the new `theta`; its `sample_weight` is that of this view.

        Raises
        ------
        UnsupportedEstimatorError
            Where a view does not say it.
        """
        raise self._lacks(
            "replayed",
            "'correction' 'replay'",
            "Use 'newton', 'influence' or 'retrain'; trees are replayed.",
        )

    def under(self, weight):
        """Return the view as it answers to further changes if the rows have these weights.

        By default it is the same: the curvature is what knows the weights.

        Parameters
        ----------
        weight : ndarray of shape (n,)
            Total weight of every row.

        Returns
        -------
        view : View
            At the same parameters.
        """
        return self

    def respond(self, gradients, inverse):
        """Predict how objectives change when a training row is removed.

        `I_f[i] = s_i r_i . (J_i v_f)` with `H v_f = grad f` (Koh and Liang 2017, eq. 2, for the
        removal of a row of weight s_i). Negative: the row raises f, and f falls without it.

        Parameters
        ----------
        gradients : dict of str to ndarray of shape (d,)
            Gradient of every objective in theta.
        inverse : InverseCurvature
            Of the fitted objective, of shape (d, d).

        Returns
        -------
        influence : dict of str to ndarray of shape (n,)
            In the unit of the objective.
        """
        directions = inverse.matmat(np.column_stack(list(gradients.values())))
        slope = self.slope * self.sample_weight[:, None]
        moved = self.jacobian.matmat(directions).reshape(*slope.shape, len(gradients))
        scores = np.einsum("nk,nkf->fn", slope, moved)
        return dict(zip(gradients, scores, strict=True))

    def displacement(self, epsilon, inverse):
        """Return the first-order change of the parameters when the row weights change.

        `-H^-1 J^T (s epsilon r)`; the transpose of `respond`, with its sign turned.

        Parameters
        ----------
        epsilon : ndarray of shape (n,)
            Relative change of the weights.
        inverse : InverseCurvature
            Of the fitted objective, of shape (d, d).

        Returns
        -------
        change : ndarray of shape (d,)
            Of `theta`.
        """
        weight = self.sample_weight * epsilon
        return -(inverse @ self.pull(self.slope * weight[:, None]))

    def unfinished(self, inverse):
        """Return what the fit has left undone: the step from its parameters to its minimum.

        Parameters
        ----------
        inverse : InverseCurvature
            At the fitted parameters.

        Returns
        -------
        step : ndarray of shape (d,)
            To first order, with its sign turned.
        """
        return inverse @ self.remainder

    def _lacks(self, member, purpose, advice):
        """Return the error that a member is not written, with what needs it and what to do."""
        return UnsupportedEstimatorError(
            f"{purpose} needs {member!r}, which {type(self).__name__} does not have. {advice}"
        )

    def proximal(self, diagonal=None):
        """Return the diagonal of the quadratic term that holds the parameters near the fit.

        It is added to the curvature, and to the objective of corrections that go on from the fit. A
        convex objective needs nothing. That of a network is held layer by layer, by
        `PROXIMAL_SHARE` of the layer's mean curvature: the influence functions of a network answer
        the proximal question, how the parameters move when a row is left out and they may not move
        far (Bae et al. 2022).

        Parameters
        ----------
        diagonal : ndarray of shape (d,), default=None
            Of the curvature; None: of that with the weights of the fit, taken here where needed.

        Returns
        -------
        added : ndarray of shape (d,)
            At least 0.
        """
        added = np.zeros(len(self.theta))
        if self.convex:
            return added
        if diagonal is None:
            diagonal = self.jacobian.gram_diagonal(self.bend(self.sample_weight)) + self.penalty
        for layer in self.layers:
            added[layer.where] = PROXIMAL_SHARE * diagonal[layer.where].mean()
        return added

    def fresh(self, random_state=None):
        """Return random parameters of shape (d,), as an untrained network has them.

        Uniform in every layer, within the square root of 6 / (inputs + outputs) (Glorot and Bengio
        2010, eq. 16).

        Parameters
        ----------
        random_state : int, RandomState or None, default=None
            Source of the numbers.

        Returns
        -------
        theta : ndarray of shape (d,)
            Random.
        """
        random_state = check_random_state(random_state)
        theta = np.empty(len(self.theta))
        for layer in self.layers:
            bound = np.sqrt(6.0 / (layer.n_inputs + layer.n_outputs))
            size = layer.where.stop - layer.where.start
            theta[layer.where] = random_state.uniform(-bound, bound, size)
        return theta
