"""What users may pass as rows, labels and groups, for type checkers."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias, TypeVar

from numpy.typing import ArrayLike

__all__ = ["Estimator", "Groups", "HasShape", "Labels", "Rows", "Weights"]


class HasShape(Protocol):
    """A table that is no array: of pandas, polars, scipy or Dask, or one that stays on disk."""

    @property
    def shape(self) -> Any:
        """Return its numbers of rows and columns."""


# A classifier, or a Pipeline or FrozenEstimator around one.
Estimator = TypeVar("Estimator", bound=Any)

# Of shape (n, p), of shape (n,) twice, and one or more columns of n values.
Rows: TypeAlias = ArrayLike | HasShape
Labels: TypeAlias = ArrayLike | HasShape
Weights: TypeAlias = ArrayLike | HasShape
Groups: TypeAlias = ArrayLike | HasShape | Mapping[str, ArrayLike | HasShape]
