"""The way from an estimator to the classifier at its end."""

from copy import deepcopy
from dataclasses import dataclass

from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_memory, has_fit_parameter

from sk_softunlearn._sklearn import refuse_network_weights
from sk_softunlearn._typing import Estimator, Labels, Rows, Weights

__all__ = ["Head", "find_head", "fit_head", "is_frozen", "replace_head", "seeded_clone", "unfreeze"]


@dataclass(frozen=True)
class Head:
    """The classifier at the end of an estimator, and the transformers before it.

    Parameters
    ----------
    classifier : estimator
        The final classifier.
    transformers : tuple of estimator
        What X passes through before it reaches the classifier, in order.
    """

    classifier: BaseEstimator
    transformers: tuple = ()

    def transform(self, X):
        """Return X as the classifier sees it."""
        for transformer in self.transformers:
            X = transformer.transform(X)
        return X


def find_head(estimator) -> Head:
    """Find the classifier at the end of Pipelines and FrozenEstimators.

    Parameters
    ----------
    estimator : estimator
        A classifier, or a Pipeline or FrozenEstimator around one.

    Returns
    -------
    head : Head
        The classifier itself, not a copy, with the fitted transformers before it.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sk_softunlearn.views import find_head
    >>> find_head(make_pipeline(StandardScaler(), LogisticRegression())).classifier
    LogisticRegression()
    """
    transformers = []
    while isinstance(estimator, FrozenEstimator | Pipeline):
        if isinstance(estimator, FrozenEstimator):
            estimator = estimator.estimator
        else:
            if len(estimator.steps) > 1:
                transformers.append(estimator[:-1])
            estimator = estimator.steps[-1][1]
    return Head(estimator, tuple(transformers))


def replace_head(estimator, classifier):
    """Return a copy of an estimator with another classifier at its end.

    Parameters
    ----------
    estimator : estimator
        A classifier, or a Pipeline or FrozenEstimator around one. Left as it is.
    classifier : estimator
        Copied, too.

    Returns
    -------
    copy : estimator
        Of the same kind, fitted.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sk_softunlearn.views import find_head, replace_head
    >>> model = make_pipeline(StandardScaler(), LogisticRegression())
    >>> find_head(replace_head(model, LogisticRegression(C=2.0))).classifier
    LogisticRegression(C=2.0)
    """
    if isinstance(estimator, FrozenEstimator):
        return FrozenEstimator(replace_head(estimator.estimator, classifier))
    if not isinstance(estimator, Pipeline):
        return deepcopy(classifier)
    whole = deepcopy(estimator)
    name, last = whole.steps[-1]
    whole.steps = [*whole.steps[:-1], (name, replace_head(last, classifier))]
    return whole


def fit_head(
    estimator: Estimator, X: Rows, y: Labels, sample_weight: Weights | None = None
) -> Estimator:
    """Fit an estimator in place, with the sample weights going to every step that takes them.

    The same with metadata routing on and off. A row of weight 0 is then a row that is not there,
    for the transformers too, where they can weigh rows. Transformers are taken from the `memory`
    of a Pipeline where it has them.

    Parameters
    ----------
    estimator : estimator
        A classifier or a Pipeline.
    X : array-like or sparse of shape (n, p)
        Training rows.
    y : array-like of shape (n,)
        Labels.
    sample_weight : ndarray of shape (n,), default=None
        Weights of the rows.

    Returns
    -------
    estimator : estimator
        The same object, fitted.

    Raises
    ------
    UnsupportedEstimatorError
        For a network whose fit takes no sample weights, with weights.
    """
    if sample_weight is None:
        return estimator.fit(X, y)
    refuse_network_weights(find_head(estimator).classifier)
    if isinstance(estimator, OneVsRestClassifier):
        return _fit_each(estimator, X, y, sample_weight)
    if not isinstance(estimator, Pipeline):
        return estimator.fit(X, y, sample_weight=sample_weight)
    X = _fit_transformers(estimator, X, y, sample_weight)
    fit_head(estimator.steps[-1][1], X, y, sample_weight)
    return estimator


def _fit_transformers(pipeline, X, y, sample_weight):
    """Fit all steps of a Pipeline but the last, with its cache; return X as that one sees it."""
    memory = check_memory(pipeline.memory)
    fit_step = memory.cache(_fit_transform)
    # As Pipeline has it: without a cache the steps themselves are fitted, with one clones of them,
    # for a step that is fitted already would be another argument of the cached function.
    caches = getattr(memory, "location", True) is not None
    pipeline.steps = list(pipeline.steps)
    for position, (name, step) in enumerate(pipeline.steps[:-1]):
        if hasattr(step, "fit"):
            weighs = has_fit_parameter(step, "sample_weight")
            weight = sample_weight if weighs else None
            X, fitted = fit_step(clone(step) if caches else step, X, y, weight)
            pipeline.steps[position] = (name, fitted)
    return X


def _fit_transform(step, X, y, sample_weight):
    if sample_weight is not None:
        return step.fit(X, y, sample_weight=sample_weight).transform(X), step
    if hasattr(step, "fit_transform"):
        return step.fit_transform(X, y), step
    return step.fit(X, y).transform(X), step


def _fit_each(estimator, X, y, sample_weight):
    """Fit one classifier per class: weights get there by metadata routing, and on request, only."""
    inner = estimator.estimator
    with config_context(enable_metadata_routing=True):
        estimator.estimator = clone(inner).set_fit_request(sample_weight=True)
        try:
            return estimator.fit(X, y, sample_weight=sample_weight)
        finally:
            estimator.estimator = inner


def is_frozen(estimator) -> bool:
    """Say whether an estimator is a FrozenEstimator.

    Parameters
    ----------
    estimator : estimator
        Any.

    Returns
    -------
    frozen : bool
        True: it must not be fitted.
    """
    return isinstance(estimator, FrozenEstimator)


def unfreeze(estimator):
    """Return the estimator inside a FrozenEstimator.

    Parameters
    ----------
    estimator : estimator
        Any.

    Returns
    -------
    estimator : estimator
        The one inside; any other as it is.
    """
    return estimator.estimator if is_frozen(estimator) else estimator


def seeded_clone(estimator, random_state):
    """Clone an estimator and set every `random_state` it leaves open.

    Parameters
    ----------
    estimator : estimator
        Left as it is.
    random_state : RandomState or None
        Source of the seeds; None leaves them open.

    Returns
    -------
    clone : estimator
        Not fitted.

    Raises
    ------
    ValueError
        If the estimator copies what it is given, and so cannot be cloned.
    """
    try:
        copy = clone(estimator)
    except RuntimeError as error:
        raise ValueError(
            f"'estimator' must be one that scikit-learn can clone, got one that is not: {error}. "
            "CatBoost copies lists and dicts: give a tuple, as class_weights=(1.0, 2.0), or a "
            "text, as monotone_constraints='(1,0)'. Or fit it yourself, and pass "
            "FrozenEstimator(estimator)."
        ) from error
    if random_state is not None:
        parameters = sorted(copy.get_params(deep=True).items())
        copy.set_params(
            **{
                name: random_state.randint(2**31 - 1)
                for name, value in parameters
                if name.rpartition("__")[2] == "random_state" and value is None
            }
        )
    return copy
