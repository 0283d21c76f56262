"""Influence of every training row on objectives, and what it predicts."""

__all__ = ["influence_scores", "predicted_change"]


def influence_scores(view, inverse, gradients):
    """Predict how objectives change when a training row is removed.

    `I_f[i] = s_i r_i . (J_i v_f)` with `H v_f = grad f` (Koh and Liang 2017, eq. 2, for the
    removal of a row of weight s_i). Negative: the row raises f, and f falls without it.

    Parameters
    ----------
    view : View
        Of the training rows.
    inverse : LinearOperator of shape (d, d)
        Inverse of the curvature of the fitted objective.
    gradients : dict of str to ndarray of shape (d,)
        Gradient of every objective in theta.

    Returns
    -------
    influence : dict of str to ndarray of shape (n,)
        In the unit of the objective.

    Examples
    --------
    One coefficient, four rows; influence sums to 0 with next to no penalty:

    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn._steps._scores import influence_scores
    >>> from sk_softunlearn.curvature import Exact
    >>> from sk_softunlearn.views import read_view
    >>> X, y = np.array([[-1.0], [1.0], [2.0], [-2.0]]), np.array([0, 1, 0, 1])
    >>> model = LogisticRegression(C=1e12, fit_intercept=False, tol=1e-10).fit(X, y)
    >>> view = read_view(model, X, y)
    >>> inverse = Exact().invert(view, view.sample_weight)
    >>> scores = influence_scores(view, inverse, {"coefficient": np.ones(1)})
    >>> bool(abs(scores["coefficient"].sum()) < 1e-6)
    True
    """
    return view.respond(gradients, inverse)


def predicted_change(influence, epsilon):
    """Predict the change of an objective when row weights change by `epsilon`.

    Parameters
    ----------
    influence : ndarray of shape (n,)
        Its influence scores.
    epsilon : ndarray of shape (n,)
        Relative change of the weights: -1 removes a row, 0 keeps it.

    Returns
    -------
    change : float
        To first order; negative: the objective falls.
    """
    return -float(epsilon @ influence)
