"""What the rest of the package knows of a classifier."""

from abc import ABC, abstractmethod
from copy import copy, deepcopy
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from sk_softunlearn.losses import Loss
from sk_softunlearn.losses._loss_bend import LossBend
from sk_softunlearn.views._attack import attack
from sk_softunlearn.views._head import find_head
from sk_softunlearn.views._optional import OptionalMembers

__all__ = ["View"]


class View(OptionalMembers, ABC):
    r"""A fitted classifier seen as a linearised model on some rows.

    The fitted parameters are a stationary point of

    .. math::

        \sum_i s_i\, \ell(z_i, y_i)
        + \tfrac12 \theta^\top \operatorname{diag}(\Lambda)\, \theta + \tau^\top \theta,

    with s the `sample_weight`, z the `raw_prediction`, :math:`\Lambda` the `penalty` and
    :math:`\tau` the `tilt`. Near them :math:`z(\theta + \Delta) \approx z(\theta) + J \Delta`, with
    J the `jacobian`.

    Parameters
    ----------
    estimator : estimator
        The fitted classifier or Pipeline. Never modified.
    theta : ndarray of shape (d,)
        The parameters at which the view is taken.
    X : array-like or sparse of shape (n, p)
        The rows, as the estimator takes them.
    y : array-like of shape (n,)
        Their labels.
    sample_weight : ndarray of shape (n,), default=None
        Their weights, without `class_weight`; None is 1 everywhere.

    Attributes
    ----------
    classifier : estimator
        The classifier at the end of `estimator`.
    target : ndarray of shape (n,)
        Class index of every row.
    sample_weight : ndarray of shape (n,)
        Weight of every row in the fitted objective, `class_weight` included.
    loss : Loss
        The pointwise loss.
    penalty : ndarray of shape (d,)
        Diagonal of the quadratic penalty.
    offset : float or ndarray of shape (n, K), default=0.0
        What the raw predictions are at theta = 0, if they are linear in theta:
        `raw_prediction = offset + J theta`.
    tilt : float or ndarray of shape (d,), default=0.0
        Linear part of the penalty. An L1 penalty is linear on either side of 0, so a parameter
        with a tilt keeps the sign that its tilt has: `within` stops it at 0.

    Notes
    -----
    A view has the attributes above, and writes what is abstract: `accepts`, `read`, `on`, `store`,
    `convex`, `jacobian`, `raw_prediction` and `gauge`. `LinearView` writes most of it for linear
    models.

    The other members are optional. These have a default: `check` and `check_movable` refuse
    nothing, `layers` are one layer of all parameters, `proximal` holds what is not convex, `fresh`
    draws parameters, `refitted_whole` is `refitted`, and `respond`, `displacement`, `under`,
    `unfinished` and `fidelity` are those of a minimum with a curvature. The following have no
    default. If a view does not write one of them, whatever needs it raises an error:

    - `layer_blocks`: the curvatures "ekfac" and "dual", and those by products where the objective
      is not convex;
    - `features`: individual fairness between nearest neighbours;
    - `adversarial` and `attacked_inputs`: robustness;
    - `refitted`: correction "retrain", and validation by retraining;
    - `trained_on`: `FineTune(n_epochs=...)`;
    - `replayed`: correction "replay".

    `depths` are the values of `layers` for which a view type is meant: "last", "all", "trainable",
    or "names" for a sequence of them. A view that serves several reads them in `read_layers`.
    `layerwise` says that the curvature of a layer is near a Kronecker product, as "ekfac" takes it.
    `replays` says that other weights give other parameters along a structure that stays, such as
    the leaves of trees whose splits stay. The correction is then `replayed`, and no curvature is
    inverted.
    `streams` says that rows may be `RowBlocks`, which are never in memory together.
    `computed` names the cached properties that follow the parameters or the rows, beside
    `raw_prediction`, `slope` and `remainder`.
    """

    depths: ClassVar[tuple[str, ...]] = ("last", "all")
    computed: ClassVar[tuple[str, ...]] = ()
    replays: ClassVar[bool] = False
    streams: ClassVar[bool] = False
    layerwise: ClassVar[bool] = True
    #: Whether training stops short of the minimum as a rule, so that nothing is warned of.
    stops_early: ClassVar[bool] = False

    estimator: Any
    classifier: Any
    theta: np.ndarray
    target: np.ndarray
    sample_weight: np.ndarray
    loss: Loss
    penalty: np.ndarray
    offset: Any = 0.0
    tilt: Any = 0.0

    @staticmethod
    @abstractmethod
    def accepts(classifier) -> bool:
        """Say whether this view can read `classifier`; no fitted attribute is needed."""

    @classmethod
    @abstractmethod
    def read(cls, estimator, X, y, sample_weight=None) -> "View":
        """Return the view of a fitted estimator on the rows of its training set.

        Parameters
        ----------
        estimator : estimator
            The fitted classifier or Pipeline.
        X : array-like or sparse of shape (n, p)
            Training rows, as the estimator takes them.
        y : array-like of shape (n,)
            Their labels.
        sample_weight : array-like of shape (n,), default=None
            The weights that `fit` was given; `class_weight` is added here.

        Returns
        -------
        view : View
            At the fitted parameters.

        Raises
        ------
        UnsupportedEstimatorError
            If the classifier was fitted with settings that cannot be read.
        """

    @classmethod
    def read_layers(cls, estimator, X, y, sample_weight=None, layers="last") -> "View":
        """Return the view of some layers, as `read` does; `layers` is one that `depths` has.

        Where a view does not say: that of `read`.
        """
        return cls.read(estimator, X, y, sample_weight)

    @property
    @abstractmethod
    def convex(self) -> bool:
        """Whether the fitted objective is convex in theta."""

    @property
    @abstractmethod
    def jacobian(self):
        """Derivative of the raw predictions in theta, a LinearOperator of shape (n * K, d).

        Beside its products it has `gram(bend)`, `J^T B J` of shape (d, d), for curvature="exact"
        and objective="utility", and `gram_diagonal(bend)`, its diagonal, for the curvatures
        "conjugate_gradient", "diagonal" and "identity". A `Bend` is B: `entry(k, m)` is its entry
        in every row.
        """

    @property
    @abstractmethod
    def raw_prediction(self) -> np.ndarray:
        """Decision values at theta, of shape (n, K)."""

    @property
    @abstractmethod
    def gauge(self) -> np.ndarray:
        """Directions of theta, of shape (q, d), that change neither prediction nor penalty."""

    def at(self, theta) -> "View":
        """Return the view of the same rows at other parameters; itself at the very same ones."""
        return self if theta is self.theta else self.replace(theta=theta)

    def within(self, theta) -> np.ndarray:
        """Return parameters of shape (d,), 0 in place of those that have not the sign of `tilt`."""
        if not np.any(self.tilt):
            return theta
        return np.where(theta * self.tilt < 0.0, 0.0, theta)

    def moved_to(self, estimator, X, y) -> "View":
        """Return the view of the same rows at the parameters of a corrected estimator.

        Parameters
        ----------
        estimator : estimator
            What `write` has returned.
        X : array-like or sparse of shape (n, p)
            The rows of this view, as the estimator takes them.
        y : array-like of shape (n,)
            Their labels.

        Returns
        -------
        view : View
            With as many parameters as this view.
        """
        return self.at(self.read(estimator, X, y).theta)

    def replace(self, **changes) -> "View":
        """Return a copy with other attributes, without what was computed from the old ones.

        Parameters
        ----------
        **changes : object
            Attributes by name, as `theta`.

        Returns
        -------
        view : View
            Of the same type; `raw_prediction`, `slope`, `remainder` and what `computed` names are
            taken anew.
        """
        other = copy(self)
        for name in ("raw_prediction", "slope", "remainder", *self.computed):
            vars(other).pop(name, None)
        vars(other).update(changes)
        return other

    @abstractmethod
    def on(self, X, y, sample_weight=None) -> "View":
        """Return the view of other rows at the same parameters."""

    def attacked(self, radius, norm="inf", n_steps=10) -> "View":
        """Return the view of the rows moved within a ball so that their loss is large.

        Projected gradient ascent (Madry et al. 2018) in the space of the inputs that the classifier
        sees; one step is the fast gradient (sign) method (Goodfellow et al. 2015). The points stay
        where they are when the parameters change.

        Parameters
        ----------
        radius : float
            Of the ball, in the unit of the inputs.
        norm : "inf" or "2", default="inf"
            Whose ball it is.
        n_steps : int, default=10
            Steps of the ascent.

        Returns
        -------
        view : View
            The moved rows with the labels of the original ones; they are held densely.

        Raises
        ------
        ValueError
            If `norm` is neither.
        """
        return self.attacked_inputs(
            lambda inputs, gradient: attack(inputs, gradient, radius, norm, n_steps)
        )

    @abstractmethod
    def store(self, classifier, theta):
        """Write parameters into a classifier, in place."""

    def write(self, theta):
        """Return a copy of the estimator with other parameters.

        Parameters
        ----------
        theta : ndarray of shape (d,)
            The new parameters.

        Returns
        -------
        estimator : estimator
            Independent of the wrapped one, of the same type.
        """
        copy = deepcopy(self.estimator)
        self.store(find_head(copy).classifier, theta)
        return copy

    @cached_property
    def slope(self) -> np.ndarray:
        """Derivative of every row's loss in its raw prediction, of shape (n, K)."""
        return self.loss.slope(self.raw_prediction, self.target)

    def bend(self, weight):
        """Return the rows' second derivatives times `weight`, of shape (n,), as a `LossBend`."""
        return LossBend(self.loss, self.raw_prediction, self.target, weight)

    def gradient(self, weight) -> np.ndarray:
        """Return the gradient of the objective with total weights `weight`, of shape (d,)."""
        return self.pull(self.slope * weight[:, None]) + self.penalty * self.theta + self.tilt

    def value(self, weight) -> float:
        """Return the objective with total weights `weight`, a float."""
        losses = self.loss.total(self.raw_prediction, self.target, weight)
        quadratic = 0.5 * self.penalty @ self.theta**2
        return losses + quadratic + np.sum(self.tilt * self.theta)

    def value_and_gradient(self, weight, square=False) -> tuple[float, np.ndarray]:
        """Return `value(weight)` and `gradient(weight)`, which may be cheaper together.

        Parameters
        ----------
        weight : ndarray of shape (n,)
            Total weights.
        square : bool, default=False
            Whether `square(weight)` is asked for next. A view may keep it in mind.
        """
        return self.value(weight), self.gradient(weight)

    @property
    def cheap_square(self) -> bool:
        """Whether `square` costs no more than a sweep over the rows, and none after a look."""
        return False

    def square(self, weight) -> np.ndarray:
        """Return `J^T B J` of the rows' second derivatives times `weight`, a new array (d, d)."""
        return self.jacobian.gram(self.bend(weight))

    @cached_property
    def remainder(self) -> np.ndarray:
        """The gradient that training has left: of the fitted objective, of shape (d,)."""
        return self.gradient(self.sample_weight)

    def pull(self, cotangent) -> np.ndarray:
        """Return `J^T r` for r of shape (n, K), of shape (d,)."""
        return self.jacobian.rmatvec(np.ascontiguousarray(cotangent).reshape(-1))
