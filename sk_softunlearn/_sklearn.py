"""Everything private that is used of scikit-learn: no other file imports such a name."""

import sys

from sklearn.utils import _safe_indexing as safe_indexing
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils._user_interface import _print_elapsed_time as print_elapsed_time
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _num_samples as num_samples

__all__ = [
    "OPTIMIZERS",
    "Interval",
    "StrOptions",
    "check_matplotlib_support",
    "check_sample_weight",
    "has_several_labels",
    "makes_nan_of_errors",
    "num_samples",
    "print_elapsed_time",
    "safe_indexing",
    "validate_params",
]

#: Names of the types that a fitted MLPClassifier holds beside arrays and numbers.
OPTIMIZERS = tuple(
    f"sklearn.neural_network._stochastic_optimizers.{name}"
    for name in ("AdamOptimizer", "SGDOptimizer")
)


def validate_params(estimator):
    """Check the parameters of an estimator against its `_parameter_constraints`.

    Parameters
    ----------
    estimator : BaseEstimator
        Any. Without constraints nothing is checked.

    Raises
    ------
    ValueError
        If a parameter is not what its class says it must be.
    """
    if hasattr(estimator, "_parameter_constraints"):
        estimator._validate_params()


def has_several_labels(ridge) -> bool:
    """Say whether a RidgeClassifier was fitted on several labels per row.

    Parameters
    ----------
    ridge : RidgeClassifier or RidgeClassifierCV
        Fitted.

    Returns
    -------
    several : bool
        True: a row may have more than one label.
    """
    return ridge._label_binarizer.y_type_.startswith("multilabel")


def makes_nan_of_errors() -> bool:
    """Say whether a scorer was called by scikit-learn's cross-validation, which hides its errors.

    Returns
    -------
    hidden : bool
        True: an error of the scorer would become its `error_score`, and the search would go on.
    """
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_a_scorers(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    module, function = frame.f_globals.get("__name__"), frame.f_code.co_name
    hides = (module, function) == ("sklearn.model_selection._validation", "_score")
    return hides and frame.f_locals.get("error_score") != "raise"


def _is_a_scorers(module):
    return module == "sklearn.metrics._scorer" or module.startswith("sk_softunlearn.metrics")
