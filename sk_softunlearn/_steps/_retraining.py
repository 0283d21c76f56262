"""What was predicted beside what really retraining brings."""

from sklearn.utils.parallel import Parallel, delayed

from sk_softunlearn._callbacks import AS_THEY_COME
from sk_softunlearn.corrections import Newton, Retrain, Reweighted

__all__ = ["leave_one_out", "retrained"]

# Tighter than a correction needs: a single row moves the objective by one part in n.
EXACT = Newton(tol=1e-20)
RETRAIN = Retrain()


def leave_one_out(run, chosen, n_jobs=None, follow=iter):
    """Remove rows one at a time, minimise the fitted objective without each, and measure.

    The minimum with all rows is found as exactly first: the fit's own tolerance is not held
    against the prediction. The leaves of a tree ensemble are made anew, its structure is held.

    Parameters
    ----------
    run : Run
        Influence at the fitted classifier.
    chosen : ndarray of shape (k,)
        Positions among the rows that it was fitted on.
    n_jobs : int or None, default=None
        How many at a time.
    follow : callable, default=iter
        Returns an iterator over the results as they come, which tells of progress.

    Returns
    -------
    changes : list of k dict of str to float
        Measured change of every objective.
    """
    view = run.view
    if view.replays:
        start, fit = view, lambda weight: view.replayed(weight).theta
    else:
        fitted = Reweighted(view.sample_weight)
        start = view.at(EXACT.minimise(view, fitted, run.curvature, run.inverse))

        def fit(weight):
            return EXACT.minimise(start, Reweighted(weight), run.curvature, run.inverse)

    before = run.panel.follow(start.theta)

    def change(row):
        weight = view.sample_weight.copy()
        weight[row] = 0.0
        return _difference(before, run.panel.follow(fit(weight)))

    return _in_threads(change, chosen, n_jobs, follow)


def retrained(run, epsilon, shares, n_jobs=None, correction=RETRAIN, follow=iter):
    """Fit the classifier anew, by its own solver, with a share of the weight changes each.

    Parameters
    ----------
    run : Run
        Influence at the fitted classifier.
    epsilon : ndarray of shape (n,)
        Weight changes of the rows that it was fitted on.
    shares : ndarray of shape (k,)
        Factors of epsilon.
    n_jobs : int or None, default=None
        How many at a time.
    correction : Correction, default=Retrain()
        What fits: `Replay` holds the structure of a tree ensemble.
    follow : callable, default=iter
        As of `leave_one_out`.

    Returns
    -------
    changes : list of k dict of str to float
        Measured change of every objective from the fitted classifier.
    """
    before = run.panel.follow(run.view.theta)

    def change(share):
        theta = correction.correct(run.view, share * epsilon, run.curvature, run.inverse)
        return _difference(before, run.panel.follow(theta))

    return _in_threads(change, shares, n_jobs, follow)


def _difference(before, after):
    return {name: after[name] - before[name] for name in after}


def _in_threads(function, values, n_jobs, follow):
    parallel = Parallel(n_jobs=n_jobs, require="sharedmem", **AS_THEY_COME)
    return list(follow(parallel(delayed(function)(value) for value in values)))
