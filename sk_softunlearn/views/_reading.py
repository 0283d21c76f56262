"""Rows of a training set as the classifier at the end sees them."""

from inspect import signature
from typing import Any

import numpy as np
from sklearn.utils import compute_class_weight
from sklearn.utils.validation import column_or_1d, validate_data

from sk_softunlearn._narrow import narrow, ones
from sk_softunlearn._sklearn import check_sample_weight
from sk_softunlearn._sweeps import is_elsewhere
from sk_softunlearn._typing import Labels, Rows, Weights
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views._head import find_head

__all__ = ["class_weight_factor", "read_rows", "read_target", "refuse_several_labels"]


def read_rows(
    estimator: Any, X: Rows, y: Labels, sample_weight: Weights | None = None
) -> tuple[Any, np.ndarray, np.ndarray]:
    """Return features, class indices and weights of rows, checked.

    Parameters
    ----------
    estimator : estimator
        The fitted classifier, or a Pipeline or FrozenEstimator around it. The classifier has
        `classes_` and `n_features_in_`.
    X : array-like, sparse or RowBlocks of shape (n, p)
        As the whole estimator takes it.
    y : array-like of shape (n,)
        Labels.
    sample_weight : array-like of shape (n,), default=None
        Weights; None is 1 everywhere.

    Returns
    -------
    features : ndarray, CSR or RowBlocks of shape (n, q)
        What the classifier sees, not copied where it is in float32 or float64 already.
    target : ndarray of shape (n,)
        Class indices.
    sample_weight : ndarray of shape (n,)
        Weights.

    Raises
    ------
    ValueError
        If a label is not one of the classes, there is only one, or the lengths differ.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn.views import read_rows
    >>> X, y = np.array([[0.0], [1.0], [2.0]]), np.array(["no", "yes", "yes"])
    >>> features, target, weight = read_rows(LogisticRegression().fit(X, y), X, y)
    >>> features.shape, target.tolist(), weight
    ((3, 1), [0, 1, 1], array([1., 1., 1.]))
    """
    head = find_head(estimator)
    if is_elsewhere(X):
        features = _seen_elsewhere(head, X)
    else:
        features = validate_data(
            head.classifier,
            head.transform(X),
            reset=False,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
        )
    target = read_target(head.classifier, y, features.shape[0])
    target = narrow(target, len(head.classifier.classes_))
    if sample_weight is None:
        return features, target, ones(len(target))
    return features, target, check_sample_weight(sample_weight, features, dtype=np.float64)


def _seen_elsewhere(head, X):
    """Return rows that are not in memory as the classifier sees them, checked but for values."""
    features, classifier = X.through(head.transformers), head.classifier
    if features.shape[1] != classifier.n_features_in_:
        raise ValueError(
            f"'X' must have the {classifier.n_features_in_} features that the classifier was "
            f"fitted on, got {features.shape[1]}. Pass the same columns."
        )
    known, given = getattr(classifier, "feature_names_in_", None), getattr(features, "names", None)
    if known is not None and given is not None and list(known) != given:
        raise ValueError(
            f"'X' must have the columns {list(known)}, in this order, got {given}. Name them in "
            "'columns'."
        )
    return features


def read_target(classifier, y, n):
    """Return the class index of every row, checked.

    Parameters
    ----------
    classifier : estimator
        Fitted, with `classes_`.
    y : array-like of shape (n,)
        Labels.
    n : int
        Number of rows.

    Returns
    -------
    target : ndarray of shape (n,)
        Class indices.

    Raises
    ------
    ValueError
        If a label is not one of the classes, there is only one, or the number of labels is not n.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn.views import read_target
    >>> model = LogisticRegression().fit([[0.0], [1.0]], ["no", "yes"])
    >>> read_target(model, ["yes", "no"], 2)
    array([1, 0])
    """
    classes = classifier.classes_
    if len(classes) < 2:
        raise ValueError(
            "'estimator' must be fitted on two or more classes, got 1 class, "
            f"{classes.tolist()[0]!r}. Fit it on rows of all classes."
        )
    y = column_or_1d(y)
    try:
        # CatBoost has its classes in the order of its `class_weights`.
        order = np.argsort(classes)
        place = np.searchsorted(classes, y, sorter=order)
        target = order[np.minimum(place, len(classes) - 1)]
    except TypeError:
        # Strings where the classes are numbers, or the other way round.
        target = np.zeros(len(y), dtype=int)
    unknown = classes[target] != y
    if unknown.any():
        found = sorted(set(y[unknown].tolist()), key=lambda label: (isinstance(label, str), label))
        raise ValueError(
            f"'y' must hold the classes that the estimator was fitted on, {classes.tolist()}, "
            f"got {found[:5]}. Drop or relabel those rows."
        )
    if len(y) != n:
        raise ValueError(f"'y' must have one label per row of X, got {len(y)} labels for {n} rows.")
    return target


def refuse_several_labels(classifier):
    """Say that a classifier was fitted on several labels per row.

    Parameters
    ----------
    classifier : estimator
        Fitted.

    Raises
    ------
    UnsupportedEstimatorError
        Always.

    Examples
    --------
    >>> from sklearn.linear_model import RidgeClassifier
    >>> from sk_softunlearn.views import refuse_several_labels
    >>> refuse_several_labels(RidgeClassifier())
    Traceback (most recent call last):
    ...
    sk_softunlearn.exceptions.UnsupportedEstimatorError: 'estimator' is RidgeClassifier(), ...
    """
    raise UnsupportedEstimatorError(
        f"'estimator' is {classifier}, fitted on several labels per row. Supported: one label per "
        "row, of two or more classes; fit one classifier per label."
    )


def class_weight_factor(classifier, target, sample_weight):
    """Return the factor that `class_weight` puts on every row.

    Parameters
    ----------
    classifier : estimator
        With `classes_` and `class_weight`.
    target : ndarray of shape (n,)
        Class indices of its training rows.
    sample_weight : ndarray of shape (n,)
        Their weights, which "balanced" takes into account.

    Returns
    -------
    factor : ndarray of shape (n,)
        1 everywhere without `class_weight`.

    Raises
    ------
    ValueError
        If "balanced" would divide by the weight of a class that has none.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn.views import class_weight_factor
    >>> X, y = np.array([[0.0], [1.0], [2.0]]), np.array([0, 1, 1])
    >>> model = LogisticRegression(class_weight="balanced").fit(X, y)
    >>> class_weight_factor(model, y, np.ones(3))
    array([1.5 , 0.75, 0.75])
    """
    options = {}
    if "sample_weight" in signature(compute_class_weight).parameters:
        options["sample_weight"] = sample_weight
    classes = classifier.classes_
    with np.errstate(divide="ignore"):
        factor = compute_class_weight(
            getattr(classifier, "class_weight", None), classes=classes, y=classes[target], **options
        )
    if not np.isfinite(factor).all():
        weightless = classes[~np.isfinite(factor)].tolist()
        raise ValueError(
            "'sample_weight' must be above 0 for some rows of every class with "
            f"class_weight='balanced', got only 0 for {weightless}: the weight of a class would be "
            "infinite. Leave its rows out of the fit, or pass class_weight=None."
        )
    return factor[target]
