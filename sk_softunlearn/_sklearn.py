"""What is private in scikit-learn, or differs between its versions, stands in this file alone."""

import sys
from copy import deepcopy
from inspect import signature

import numpy as np
import sklearn
from sklearn.ensemble._forest import _generate_sample_indices
from sklearn.neural_network import MLPClassifier
from sklearn.utils import _safe_indexing as safe_indexing
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils._user_interface import _print_elapsed_time as print_elapsed_time
from sklearn.utils.fixes import parse_version
from sklearn.utils.validation import _check_monotonic_cst, has_fit_parameter
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _num_samples as num_samples

from sk_softunlearn.exceptions import UnsupportedEstimatorError

__all__ = [
    "DRAWS_BY_WEIGHT",
    "FITTED_TYPES",
    "UNPENALISED",
    "Interval",
    "StrOptions",
    "callbacks_of",
    "check_matplotlib_support",
    "check_sample_weight",
    "draw_weights",
    "drawn_from",
    "has_several_labels",
    "histogram_nodes",
    "histogram_probe",
    "histogram_seed",
    "histogram_signs",
    "l1_penalty",
    "makes_nan_of_errors",
    "num_samples",
    "print_elapsed_time",
    "refuse_network_weights",
    "safe_indexing",
    "start_fit",
    "validate_params",
]

installed = parse_version(sklearn.__version__)

#: Names of the types that fitted estimators hold and skops does not trust by itself.
FITTED_TYPES: tuple[str, ...] = (
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
)
if installed < parse_version("1.7"):
    # In every ColumnTransformer: the columns that none of its transformers takes.
    FITTED_TYPES += ("sklearn.compose._column_transformer._RemainderColsList",)

#: The C of a LogisticRegression without a penalty. scikit-learn 1.8 warns of an infinite one.
UNPENALISED = 1e300 if installed.release[:2] == (1, 8) else np.inf

#: Whether forests draw the rows of their trees by weight, or draw them alike and weigh them then.
DRAWS_BY_WEIGHT: bool = "sample_weight" in signature(_generate_sample_indices).parameters


def draw_weights(forest):
    """Return the weights by which a fitted forest has drawn the rows of its trees.

    Parameters
    ----------
    forest : RandomForestClassifier or ExtraTreesClassifier
        Fitted.

    Returns
    -------
    weight : ndarray of shape (n,) or None
        `class_weight` included; None where all rows are drawn alike.
    """
    return forest._sample_weight if DRAWS_BY_WEIGHT else None


def drawn_from(forest) -> int:
    """Return from how many rows the trees of a fitted forest have drawn theirs.

    Parameters
    ----------
    forest : RandomForestClassifier or ExtraTreesClassifier
        Fitted.

    Returns
    -------
    n : int
        Rows of the fit.
    """
    return int(forest._n_samples)


def histogram_nodes(classifier) -> list:
    """Return the nodes of every tree of a HistGradientBoostingClassifier.

    Parameters
    ----------
    classifier : HistGradientBoostingClassifier
        Fitted.

    Returns
    -------
    nodes : list of structured ndarray
        With the fields "is_leaf" and "value"; the arrays of the classifier itself.
    """
    return [tree.nodes for iteration in classifier._predictors for tree in iteration]


def histogram_probe(classifier):
    """Return a copy whose raw predictions are the sum of its leaves alone.

    Parameters
    ----------
    classifier : HistGradientBoostingClassifier
        Fitted.

    Returns
    -------
    probe : HistGradientBoostingClassifier
        Without the prior at which boosting starts.
    """
    probe = deepcopy(classifier)
    probe._baseline_prediction = np.zeros_like(probe._baseline_prediction)
    return probe


def histogram_seed(classifier) -> int:
    """Return the seed by which a HistGradientBoostingClassifier held rows out of its fit.

    Parameters
    ----------
    classifier : HistGradientBoostingClassifier
        Fitted.

    Returns
    -------
    seed : int
        As `train_test_split` takes it.
    """
    return int(classifier._random_seed)


def histogram_signs(classifier):
    """Return the monotone constraints of a HistGradientBoostingClassifier.

    Parameters
    ----------
    classifier : HistGradientBoostingClassifier
        Fitted.

    Returns
    -------
    signs : ndarray of shape (p,) or None
        1, -1 or 0 for every column, as its trees number them: categories first. None without
        constraints.
    """
    if classifier.monotonic_cst is None:
        return None
    signs = np.asarray(_check_monotonic_cst(classifier, classifier.monotonic_cst))
    if classifier._preprocessor is None:
        return signs
    categorical = classifier.is_categorical_
    return np.concatenate([signs[categorical], signs[~categorical]])


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


def l1_penalty(l1_ratio) -> dict:
    """Return how a LogisticRegression is told an L1 penalty.

    Parameters
    ----------
    l1_ratio : float
        Its share of the penalty, above 0.

    Returns
    -------
    parameters : dict
        By name; `penalty` is deprecated since scikit-learn 1.8.
    """
    if installed >= parse_version("1.8"):
        return {"l1_ratio": l1_ratio}
    return {"penalty": "l1"} if l1_ratio == 1 else {"penalty": "elasticnet", "l1_ratio": l1_ratio}


def refuse_network_weights(classifier):
    """Refuse to fit a network with sample weights where scikit-learn has none for it.

    Parameters
    ----------
    classifier : estimator
        That is to be fitted with them.

    Raises
    ------
    UnsupportedEstimatorError
        If it is an MLPClassifier and scikit-learn is older than 1.7, or a net of skorch whose `fit`
        takes none.
    """
    if has_fit_parameter(classifier, "sample_weight"):
        return
    if any(owner.__module__.startswith("skorch.") for owner in type(classifier).__mro__):
        raise UnsupportedEstimatorError(
            f"'estimator' must take 'sample_weight' to be fitted with weights, got a skorch "
            f"{type(classifier).__name__}, whose fit takes none. Give it a fit with "
            "'sample_weight', use TorchClassifier of sk_softunlearn.torch, or do without "
            "'sample_weight' and, for layers='all', without retraining."
        )
    if isinstance(classifier, MLPClassifier):
        raise UnsupportedEstimatorError(
            f"'estimator' is {classifier}, whose fit takes no 'sample_weight' in scikit-learn "
            f"{sklearn.__version__}. Install scikit-learn 1.7 or later, or do without "
            "'sample_weight' and, for layers='all', without retraining."
        )


def callbacks_of(estimator):
    """Return what `set_callbacks` was given, a list."""
    return getattr(estimator, "_skl_callbacks", [])


def start_fit(estimator, count, name="fit"):
    """Return the context in which callbacks are told of a fit, or of other work.

    Parameters
    ----------
    estimator : estimator
        With scikit-learn's CallbackSupportMixin.
    count : int
        How many tasks it has at most.
    name : str, default="fit"
        What is done.
    """
    return estimator._init_callback_context(task_name=name, max_subtasks=count)
