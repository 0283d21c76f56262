"""One layer of the parameters."""

from dataclasses import dataclass

__all__ = ["Layer"]


@dataclass(frozen=True)
class Layer:
    """Where a layer's parameters are, an (outputs, inputs + intercept) table in row order.

    Parameters
    ----------
    where : slice
        In theta.
    n_outputs : int
        Rows of the table.
    n_inputs : int
        Columns of the table, without the intercept's.
    intercept : bool
        Whether the last column of the table is an intercept.

    Examples
    --------
    >>> from sk_softunlearn.views import Layer
    >>> Layer(slice(0, 6), n_outputs=2, n_inputs=2, intercept=True).n_outputs
    2
    """

    where: slice
    n_outputs: int
    n_inputs: int
    intercept: bool
