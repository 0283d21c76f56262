"""The column of weights that a model was fitted with."""

import numpy as np
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from sk_softunlearn._cli._errors import BadInputError
from sk_softunlearn._cli._roles import column

__all__ = ["read_row_weights"]

OPTION = "--sample-weight"


def read_row_weights(frame, options):
    """Return the weights of the rows of TABLE.

    Parameters
    ----------
    frame : DataFrame of n rows
        The table.
    options : Namespace
        What the command line was given.

    Returns
    -------
    weights : ndarray of shape (n,) or None
        None where no column was named.

    Raises
    ------
    BadInputError
        With the sentence for the user.
    """
    name = options.sample_weight
    if name is None:
        return None
    values = column(frame, name, OPTION)
    if name == options.target:
        raise BadInputError(f"{OPTION} {name} is the target: choose another column.")
    if values.isna().any():
        raise BadInputError(
            f"{OPTION} {name}: {int(values.isna().sum())} values are missing, the first in row "
            f"{int(values.isna().argmax())}: leave out the rows that the model was not fitted on."
        )
    if is_bool_dtype(values) or not is_numeric_dtype(values):
        raise BadInputError(f"{OPTION} {name} is not a column of numbers.")
    weights = values.to_numpy(dtype=float)
    if not (np.isfinite(weights).all() and weights.min() >= 0 and weights.sum() > 0):
        raise BadInputError(
            f"{OPTION} {name} must hold finite numbers of at least 0, not all of them 0: it goes "
            f"from {weights.min():g} to {weights.max():g}."
        )
    return weights
