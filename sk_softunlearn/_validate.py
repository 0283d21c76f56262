"""What was predicted beside what really retraining brings."""

from sk_softunlearn.corrections import Newton, Retrain, Reweighted

__all__ = ["leave_one_out", "retrained"]

# Tighter than a correction needs: a single row moves the objective by one part in n.
EXACT = Newton(tol=1e-20)


def leave_one_out(run, chosen):
    """Remove rows one at a time, minimise the fitted objective without each, and measure.

    The minimum with all rows is found as exactly first: the fit's own tolerance is not held
    against the prediction.

    Parameters
    ----------
    run : Run
        Influence at the fitted classifier.
    chosen : ndarray of shape (k,)
        Positions among the rows that it was fitted on.

    Returns
    -------
    changes : list of k dict of str to float
        Measured change of every objective.
    """
    view = run.view
    base = EXACT.minimise(view, Reweighted(view.sample_weight), run.curvature, run.inverse)
    before, start = run.panel.measure(base), view.at(base)
    changes = []
    for row in chosen:
        weight = view.sample_weight.copy()
        weight[row] = 0.0
        after = run.panel.measure(
            EXACT.minimise(start, Reweighted(weight), run.curvature, run.inverse)
        )
        changes.append({name: after[name] - before[name] for name in after})
    return changes


def retrained(run, epsilon, shares):
    """Fit the classifier anew, by its own solver, with a share of the weight changes each.

    Parameters
    ----------
    run : Run
        Influence at the fitted classifier.
    epsilon : ndarray of shape (n,)
        Weight changes of the rows that it was fitted on.
    shares : ndarray of shape (k,)
        Factors of epsilon.

    Returns
    -------
    changes : list of k dict of str to float
        Measured change of every objective from the fitted classifier.
    """
    changes = []
    for share in shares:
        theta = Retrain().correct(run.view, share * epsilon, run.curvature, run.inverse)
        after = run.panel.measure(theta)
        changes.append({name: after[name] - run.before[name] for name in after})
    return changes
