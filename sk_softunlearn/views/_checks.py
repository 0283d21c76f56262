"""Estimators that are refused whichever view would read them."""

import numpy as np
from scipy import sparse
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from sk_softunlearn._sweeps import array_library
from sk_softunlearn.exceptions import UnsupportedEstimatorError

__all__ = [
    "check_finite",
    "check_is_estimator",
    "check_own_predictions",
    "check_resampling",
    "is_estimator",
]

PREDICTIONS = ("predict", "predict_proba", "predict_log_proba", "decision_function")
# Packages whose classifiers predict as the views know it. Those of Intel replace scikit-learn's.
SAME_PREDICTIONS = (
    "sk_softunlearn",
    "sklearn",
    "sklearnex",
    "daal4py",
    "lightgbm",
    "xgboost",
    "catboost",
    "skorch",
)
COEFFICIENTS = ("coef_", "intercept_", "coefs_", "intercepts_")


def is_estimator(estimator) -> bool:
    """Say whether an object, not a class, can be fitted.

    Parameters
    ----------
    estimator : object
        Any; of a FrozenEstimator what is inside counts.

    Returns
    -------
    estimator : bool
        False for a name, a class or None.
    """
    while isinstance(estimator, FrozenEstimator):
        estimator = estimator.estimator
    return hasattr(estimator, "fit") and not isinstance(estimator, type)


def check_is_estimator(estimator):
    """Refuse what is no estimator, as a name, a class or None.

    Parameters
    ----------
    estimator : object
        Any.

    Raises
    ------
    UnsupportedEstimatorError
        If it cannot be fitted.

    Examples
    --------
    >>> from sk_softunlearn.views._checks import check_is_estimator
    >>> check_is_estimator("lr")
    Traceback (most recent call last):
    ...
    sk_softunlearn.exceptions.UnsupportedEstimatorError: 'estimator' must be a classifier or a \
Pipeline that ends in one, got 'lr'. Pass an object, as LogisticRegression().
    """
    if any(c.__module__ == "torch.nn.modules.module" for c in type(estimator).__mro__):
        raise UnsupportedEstimatorError(
            "'estimator' must be a classifier or a Pipeline that ends in one, got the PyTorch "
            f"module {type(estimator).__name__}. Wrap it: TorchClassifier(module) of "
            "sk_softunlearn.torch, which trains it with 'fit', or takes one that is trained with "
            "'adopt'."
        )
    if is_estimator(estimator):
        return
    is_class = isinstance(estimator, type)
    got = f"the class {estimator.__name__}" if is_class else repr(estimator)
    example = f"{estimator.__name__}()" if is_class else "LogisticRegression()"
    raise UnsupportedEstimatorError(
        f"'estimator' must be a classifier or a Pipeline that ends in one, got {got}. Pass an "
        f"object, as {example}."
    )


def check_resampling(estimator):
    """Refuse a Pipeline with a step that changes the rows, as imbalanced-learn's do.

    Parameters
    ----------
    estimator : estimator
        Fitted or not.

    Raises
    ------
    UnsupportedEstimatorError
        If a step, of this Pipeline or of one inside, has a method `fit_resample`.
    """
    while isinstance(estimator, FrozenEstimator):
        estimator = estimator.estimator
    if isinstance(estimator, Pipeline):
        # imbalanced-learn's has the method too, whatever its steps are.
        for _, step in estimator.steps:
            check_resampling(step)
    elif hasattr(estimator, "fit_resample"):
        raise UnsupportedEstimatorError(
            f"'estimator' must be fitted on the rows of X, got a step that fits on others: "
            f"{type(estimator).__name__}, with 'fit_resample'. Resample first and pass the "
            "resampled rows, or pass class_weight or sample_weight instead."
        )


def check_own_predictions(classifier):
    """Refuse a subclass that predicts in its own way, which the package's views do not know.

    Parameters
    ----------
    classifier : estimator
        Fitted or not; of one-versus-rest, the classifier inside counts too.

    Raises
    ------
    UnsupportedEstimatorError
        If a method of prediction is not scikit-learn's.
    """
    for name in PREDICTIONS:
        owner = next((c for c in type(classifier).__mro__ if name in vars(c)), None)
        if owner and owner.__module__.partition(".")[0] not in SAME_PREDICTIONS:
            raise UnsupportedEstimatorError(
                f"'estimator' must predict as scikit-learn's classifier does, got "
                f"{type(classifier).__name__}, where {owner.__name__} has its own '{name}': the "
                "correction would be measured on other predictions. Correct the plain classifier "
                "and predict in your own way from that, or register a view of yours."
            )
    inner = getattr(classifier, "estimator", None)
    if inner is not None:
        check_own_predictions(inner)


def check_finite(classifier):
    """Refuse a fitted classifier with coefficients that are no numbers.

    Parameters
    ----------
    classifier : estimator
        Fitted; of one-versus-rest, every classifier inside counts.

    Raises
    ------
    UnsupportedEstimatorError
        If a coefficient or an intercept is nan or infinite, or of another library than numpy, as
        scikit-learn has them that was fitted on tensors.
    """
    for inner in getattr(classifier, "estimators_", [classifier]):
        for name in ("classes_", *COEFFICIENTS):
            library = array_library(getattr(inner, name, None))
            if library is not None:
                raise UnsupportedEstimatorError(
                    f"'estimator' must be fitted on arrays of numpy, got '{name}' of {classifier} "
                    f"as an array of {library}. Fit it on numpy arrays, which takes the same rows."
                )
        for name in COEFFICIENTS:
            values = getattr(inner, name, [])
            for value in values if isinstance(values, list) else [values]:
                dense = np.asarray(value.data if sparse.issparse(value) else value)
                if dense.dtype.kind == "f" and not np.isfinite(dense).all():
                    raise UnsupportedEstimatorError(
                        f"'estimator' must have finite coefficients, got nan or inf in '{name}' "
                        f"of {classifier}: its training has diverged. Scale its inputs or take "
                        "smaller steps, and fit it again."
                    )
