"""What corrections of the last layers share."""

__all__ = ["last_layers"]


def last_layers(view, k, name):
    """Return where the parameters of the last k layers are, as a slice.

    Parameters
    ----------
    view : View
        With its layers.
    k : int
        How many.
    name : str
        Of the correction, for the sentence.

    Returns
    -------
    where : slice
        Of theta.

    Raises
    ------
    ValueError
        If there are not so many.
    """
    layers = view.layers
    if not 1 <= k <= len(layers):
        raise ValueError(
            f"'k' of {name!r} must be between 1 and the {len(layers)} layers that are corrected, "
            f"got {k!r}. Use a smaller 'k', or layers='all' for a network."
        )
    return slice(layers[-k].where.start, layers[-1].where.stop)
