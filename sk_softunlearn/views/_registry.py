"""From a classifier to the view that reads it."""

from collections.abc import Sequence
from typing import TypeVar

from sk_softunlearn._sweeps import is_elsewhere
from sk_softunlearn._typing import Labels, Rows, Weights
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views._base import View
from sk_softunlearn.views._checks import (
    check_is_estimator,
    check_own_predictions,
    check_resampling,
)
from sk_softunlearn.views._head import find_head
from sk_softunlearn.views._linear_svc import LinearSVCView
from sk_softunlearn.views._logistic import LogisticView
from sk_softunlearn.views._mlp import MLPView
from sk_softunlearn.views._mlp_head import MLPHeadView
from sk_softunlearn.views._one_versus_rest import OneVersusRestView
from sk_softunlearn.views._ridge import RidgeView
from sk_softunlearn.views._sgd import SGDView
from sk_softunlearn.views._torch_head import TorchHeadView
from sk_softunlearn.views._torch_network import TorchView
from sk_softunlearn.views._trees._boosted_view import BoostedTreesView
from sk_softunlearn.views._trees._forest_view import ForestView

__all__ = ["read_view", "register_view", "view_type"]

ViewType = TypeVar("ViewType", bound=type[View])

VIEWS: list[type[View]] = [
    LogisticView,
    MLPHeadView,
    MLPView,
    SGDView,
    RidgeView,
    LinearSVCView,
    OneVersusRestView,
    BoostedTreesView,
    ForestView,
    TorchHeadView,
    TorchView,
]
OWN = tuple(VIEWS)
SUPPORTED = (
    "LogisticRegression, LogisticRegressionCV, MLPClassifier, SGDClassifier, RidgeClassifier, "
    "RidgeClassifierCV, LinearSVC, OneVsRestClassifier(LogisticRegression()), "
    "HistGradientBoostingClassifier, GradientBoostingClassifier, LGBMClassifier, XGBClassifier, "
    "CatBoostClassifier, RandomForestClassifier, ExtraTreesClassifier, DecisionTreeClassifier, "
    "TorchClassifier or, of skorch, NeuralNetClassifier"
)
# What to use instead of a classifier that users are likely to try.
INSTEAD = {
    "LinearDiscriminantAnalysis": "It is not fitted by minimising a loss of its rows; use "
    "LogisticRegression, which models the same posterior.",
    "QuadraticDiscriminantAnalysis": "It is not fitted by minimising a loss of its rows; use "
    "LogisticRegression on PolynomialFeatures.",
    "CalibratedClassifierCV": "Correct the classifier inside first and calibrate the corrected "
    "one: CalibratedClassifierCV(FrozenEstimator(soft.unlearned_estimator_)).",
    "TunedThresholdClassifierCV": "Correct the classifier inside first and tune the threshold of "
    "the corrected one.",
    "SVC": "A kernel machine has no small set of parameters; use LinearSVC or LogisticRegression, "
    "after Nystroem for a kernel.",
}


def register_view(view: ViewType) -> ViewType:
    """Make a view known, so that its classifiers can be corrected like scikit-learn's.

    It comes before those that are there already.

    Parameters
    ----------
    view : type
        A concrete subclass of `View` (or of `LinearView`, for a linear head).

    Returns
    -------
    view : type
        The same: usable as a decorator.

    Raises
    ------
    TypeError
        If it is not a concrete subclass of `View`.

    Examples
    --------
    >>> from sk_softunlearn.views import LogisticView, register_view
    >>> class HouseView(LogisticView):
    ...     @staticmethod
    ...     def accepts(classifier):
    ...         return type(classifier).__name__ == "HouseClassifier"
    >>> register_view(HouseView).__name__
    'HouseView'
    """
    derived = isinstance(view, type) and issubclass(view, View)
    missing = sorted(view.__abstractmethods__) if derived else []
    if missing or not derived:
        lacks = f", which lacks {missing}" if missing else ""
        raise TypeError(
            f"'view' must be a concrete subclass of View, got {view!r}{lacks}. Write what is "
            "missing, or derive from LinearView."
        )
    if view not in VIEWS:
        VIEWS.insert(0, view)
    return view


def view_type(estimator, layers="last") -> type[View]:
    """Return the class of views that reads the classifier at the end of an estimator.

    Parameters
    ----------
    estimator : estimator
        A classifier or a Pipeline, fitted or not.
    layers : "last", "all", "trainable" or sequence of str, default="last"
        Which layers of a network are seen.

    Returns
    -------
    view : type
        A subclass of `View`.

    Raises
    ------
    UnsupportedEstimatorError
        If it is no estimator, a step of the Pipeline resamples the rows, no view reads the
        classifier, not with its settings, or it is a subclass that predicts in its own way. A
        registered view may read such a subclass.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn.views import view_type
    >>> view_type(LogisticRegression()).__name__
    'LogisticView'
    """
    check_is_estimator(estimator)
    check_resampling(estimator)
    classifier = find_head(estimator).classifier
    depth = layers if isinstance(layers, str) else "names"
    for view in VIEWS:
        if view.accepts(classifier) and depth in view.depths:
            # What a registered view accepts is for its author to say.
            if view in OWN:
                check_own_predictions(classifier)
            view.check(classifier)
            return view
    name = type(classifier).__name__
    if any(view.accepts(classifier) for view in VIEWS):
        raise UnsupportedEstimatorError(
            f"'layers' must be 'last' or 'all' for a {name}, got {layers!r}. 'trainable' and names "
            "are for networks of PyTorch."
        )
    raise UnsupportedEstimatorError(
        f"'estimator' must be, or be a Pipeline that ends in, a {SUPPORTED}, got {name}. "
        + INSTEAD.get(name, "Fit one of these instead, or register a view for it.")
    )


def read_view(
    estimator,
    X: Rows,
    y: Labels,
    sample_weight: Weights | None = None,
    layers: str | Sequence[str] = "last",
) -> View:
    """Return the view of a fitted estimator on its training rows.

    Parameters
    ----------
    estimator : estimator
        The fitted classifier or Pipeline.
    X : array-like, sparse or RowBlocks of shape (n, p)
        Training rows, as the estimator takes them.
    y : array-like of shape (n,)
        Their labels.
    sample_weight : array-like of shape (n,), default=None
        The weights that `fit` was given.
    layers : "last", "all", "trainable" or sequence of str, default="last"
        Which layers of a network are seen.

    Returns
    -------
    view : View
        At the fitted parameters.

    Raises
    ------
    UnsupportedEstimatorError
        If no view reads it, or the view needs all rows in memory and they are not.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sk_softunlearn.views import read_view
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-8)).fit(X, y)
    >>> view = read_view(model, X, y)
    >>> bool(abs(view.gradient(view.sample_weight)).max() < 1e-4)
    True
    """
    view = view_type(estimator, layers)
    if is_elsewhere(X) and not view.streams:
        raise UnsupportedEstimatorError(
            f"'X' must be in memory for a {type(find_head(estimator).classifier).__name__}, got "
            f"{type(X).__name__}. Rows that are read block by block serve linear models only: "
            "LogisticRegression, SGDClassifier, RidgeClassifier, LinearSVC."
        )
    return view.read_layers(estimator, X, y, sample_weight, layers)
