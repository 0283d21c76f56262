"""The way from an estimator to the classifier at its end."""

from dataclasses import dataclass

from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

__all__ = ["Head", "find_head", "fit_head", "is_frozen", "seeded_clone", "unfreeze"]


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


def find_head(estimator):
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


def fit_head(estimator, X, y, sample_weight=None):
    """Fit an estimator in place, with the sample weights going to its final classifier.

    The same with metadata routing on and off: transformers before the classifier are
    fitted without weights, as `Pipeline.fit(X, y, step__sample_weight=...)` does.

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
    """
    if sample_weight is None:
        return estimator.fit(X, y)
    if not isinstance(estimator, Pipeline):
        return estimator.fit(X, y, sample_weight=sample_weight)
    if len(estimator.steps) > 1:
        upstream = estimator[:-1]
        X = upstream.fit_transform(X, y)
        estimator.steps[:-1] = upstream.steps
    fit_head(estimator.steps[-1][1], X, y, sample_weight)
    return estimator


def is_frozen(estimator):
    """Say whether an estimator is a FrozenEstimator."""
    return isinstance(estimator, FrozenEstimator)


def unfreeze(estimator):
    """Return the estimator inside a FrozenEstimator; any other as it is."""
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
    """
    copy = clone(estimator)
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
