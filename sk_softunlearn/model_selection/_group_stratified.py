"""K folds stratified by class and sensitive group."""

import warnings
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from sklearn.model_selection import BaseCrossValidator, StratifiedKFold
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import type_of_target

from sk_softunlearn._rows import check_label_types, check_same_order, cross_groups
from sk_softunlearn._typing import Groups, Labels, Rows
from sk_softunlearn.exceptions import (
    SmallGroupWarning,
    warn_caller,
)

__all__ = ["GroupStratifiedKFold"]


class GroupStratifiedKFold(BaseCrossValidator):
    """K folds that preserve the share of every class in every sensitive group.

    The gap between groups is zero, a perfect score, in a fold that holds one
    group only, and noise in a fold with few rows of a group. Here the strata are
    the cells class x group, the groups being the cells of all sensitive columns.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.
    shuffle : bool, default=False
        Whether to shuffle the rows of each cell before they are dealt out.
    random_state : int, RandomState instance or None, default=None
        Order of the rows when `shuffle` is true.

    See Also
    --------
    sklearn.model_selection.StratifiedKFold : Stratifies by class only.
    sklearn.model_selection.StratifiedGroupKFold : Keeps a group in one fold,
        the opposite of what a fairness metric needs.

    Notes
    -----
    `sensitive_features` is requested by default: with metadata routing enabled,
    ``GridSearchCV(..., cv=GroupStratifiedKFold()).fit(X, y, sensitive_features=A)``
    hands it over. With routing disabled, pass the splits themselves:
    ``cv=list(GroupStratifiedKFold().split(X, y, A))``.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.model_selection import GroupStratifiedKFold
    >>> X = np.zeros((8, 1))
    >>> y = ["no", "no", "yes", "yes", "no", "no", "yes", "yes"]
    >>> sex = np.array(["F", "F", "F", "F", "M", "M", "M", "M"])
    >>> for _, test in GroupStratifiedKFold(n_splits=2).split(X, y, sex):
    ...     sex[test].tolist()
    ['F', 'F', 'M', 'M']
    ['F', 'F', 'M', 'M']
    """

    __metadata_request__split: ClassVar = {"sensitive_features": True}

    def __init__(self, n_splits=5, *, shuffle=False, random_state=None):
        self.n_splits = n_splits
        self.shuffle = shuffle
        self.random_state = random_state

    def split(
        self,
        X: Rows,
        y: Labels | None = None,
        sensitive_features: Groups | None = None,
        groups: Groups | None = None,
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Generate the train and test rows of each fold.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Only its number of rows matters.
        y : array-like of shape (n_samples,)
            Class labels, two or more.
        sensitive_features : Series, DataFrame, dict, list or ndarray
            One or more sensitive columns with one row per row of `X`.
        groups : None
            Must be None. Present because scikit-learn passes it.

        Returns
        -------
        splits : iterator of (train, test)
            Positions of the training and test rows, two ndarrays per fold.

        Raises
        ------
        ValueError
            If every class x group has fewer rows than there are folds, pandas objects have their
            rows in different orders, or an argument is not what it must be.
        """
        if groups is not None:
            raise ValueError(
                "'groups' is not used by GroupStratifiedKFold; pass the groups to stratify "
                "by as 'sensitive_features'."
            )
        if sensitive_features is None:
            raise ValueError(
                "'sensitive_features' must be given to GroupStratifiedKFold; got None. Enable "
                "metadata routing and pass it to fit, or pass "
                "cv=list(splitter.split(X, y, sensitive_features))."
            )
        check_same_order({"X": X, "y": y, "sensitive_features": sensitive_features})
        folds = StratifiedKFold(self.n_splits, shuffle=self.shuffle, random_state=self.random_state)
        cells, labels = _class_by_group(y, sensitive_features)
        self._check_sizes(cells, labels)
        with warnings.catch_warnings():
            # Replaced by the sentence of _check_sizes, which names the cells.
            warnings.filterwarnings("ignore", message="The least populated class in y")
            return iter(list(folds.split(X, cells)))

    def get_n_splits(self, X=None, y=None, sensitive_features=None, groups=None) -> int:
        """Return the number of folds.

        Parameters
        ----------
        X, y, sensitive_features, groups : object
            Ignored, present because scikit-learn passes them.

        Returns
        -------
        n_splits : int
            The number of folds.
        """
        return self.n_splits

    def _check_sizes(self, cells, labels):
        counts = np.bincount(cells, minlength=len(labels))
        small = np.flatnonzero(counts < self.n_splits)
        if small.size == 0:
            return
        named = "; ".join(f"{labels[i]}: {counts[i]}" for i in small[:5])
        if small.size > 5:
            named += f"; and {small.size - 5} more"
        if small.size == len(labels):
            raise ValueError(
                f"'n_splits' must not exceed the number of rows of every class x group; got "
                f"{self.n_splits} with {named}. Lower 'n_splits', or merge groups."
            )
        warn_caller(
            f"Some folds will lack a class x group: fewer than n_splits={self.n_splits} rows "
            f"in {named}. Lower 'n_splits', or merge groups.",
            SmallGroupWarning,
        )


def _class_by_group(y, sensitive_features):
    """Code of the class x group cell of each row, and the names of the cells."""
    if y is not None:
        check_label_types(y)
    kind = "None" if y is None else type_of_target(y, input_name="y")
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"'y' must hold class labels, two or more; got a target of type {kind!r}. "
            "Cut a continuous target into classes first."
        )
    classes, class_of_row = np.unique(column_or_1d(y), return_inverse=True)
    group_of_row, groups = cross_groups(sensitive_features, n_rows=len(class_of_row))
    occurring, cells = np.unique(class_of_row * len(groups) + group_of_row, return_inverse=True)
    labels = [f"{classes[i // len(groups)]} x {groups[i % len(groups)]}" for i in occurring]
    return cells, labels
