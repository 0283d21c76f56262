"""From a classifier to the view that reads it."""

from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views._head import find_head
from sk_softunlearn.views._logistic import LogisticView

__all__ = ["read_view", "view_type"]

VIEWS = [LogisticView]


def view_type(estimator):
    """Return the class of views that reads the classifier at the end of an estimator.

    Parameters
    ----------
    estimator : estimator
        A classifier or a Pipeline, fitted or not.

    Returns
    -------
    view : type
        A subclass of `View`.

    Raises
    ------
    UnsupportedEstimatorError
        If no view reads it.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn.views import view_type
    >>> view_type(LogisticRegression()).__name__
    'LogisticView'
    """
    classifier = find_head(estimator).classifier
    for view in VIEWS:
        if view.accepts(classifier):
            return view
    raise UnsupportedEstimatorError(
        "'estimator' must be, or be a Pipeline that ends in, a LogisticRegression or "
        f"LogisticRegressionCV, got {type(classifier).__name__}. Fit one of these instead."
    )


def read_view(estimator, X, y, sample_weight=None):
    """Return the view of a fitted estimator on its training rows.

    Parameters
    ----------
    estimator : estimator
        The fitted classifier or Pipeline.
    X : array-like or sparse of shape (n, p)
        Training rows, as the estimator takes them.
    y : array-like of shape (n,)
        Their labels.
    sample_weight : array-like of shape (n,), default=None
        The weights that `fit` was given.

    Returns
    -------
    view : View
        At the fitted parameters.

    Raises
    ------
    UnsupportedEstimatorError
        If no view reads it.

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
    return view_type(estimator).read(estimator, X, y, sample_weight)
