"""What is added to a curvature before it is inverted."""

import numpy as np

__all__ = ["damp"]


def damp(view, diagonal):
    """Return what holds the parameters of a view near its fit, and how large it is.

    Parameters
    ----------
    view : View
        Where the curvature is taken.
    diagonal : ndarray of shape (d,)
        Of the curvature, with its penalty.

    Returns
    -------
    added : ndarray of shape (d,)
        The view's proximal term, which is added to the diagonal.
    damping : float
        The largest of its entries, each as a share of the mean of its layer's diagonal.
    """
    added = view.proximal(diagonal)
    if not added.any():
        return added, 0.0
    layers = [(added[layer.where].max(), diagonal[layer.where].mean()) for layer in view.layers]
    return added, float(max((most / mean for most, mean in layers if mean > 0), default=np.inf))
