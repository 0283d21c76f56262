"""What holds a network near its fit."""

import numpy as np

__all__ = ["PROXIMAL_SHARE", "proximal_term"]

# Share of the mean curvature of a layer that is added to it. Of the shares from 0.03 to 3 it ranks
# the changes that retraining brings best without losing their size; Grosse et al. (2023, section
# 5.1) add 0.1. `benchmarks/network_influence.py` measures it.
PROXIMAL_SHARE = 1.0


def proximal_term(view, diagonal):
    """Return the diagonal of the quadratic term that holds the parameters near the fit.

    It is added to the curvature, and to the objective of corrections that go on from the fit. A
    convex objective needs nothing. That of a network is damped layer by layer: the influence
    functions of a network answer the proximal question, how the parameters move when a row is left
    out and they may not move far (Bae et al. 2022).

    Parameters
    ----------
    view : View
        Its layers, and whether its objective is convex.
    diagonal : ndarray of shape (d,)
        Of the curvature.

    Returns
    -------
    added : ndarray of shape (d,)
        At least 0.
    """
    added = np.zeros_like(diagonal)
    if not view.convex:
        for layer in view.layers:
            added[layer.where] = PROXIMAL_SHARE * diagonal[layer.where].mean()
    return added
