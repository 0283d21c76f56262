"""By how much what was asked is missed, as measured."""

import numpy as np

__all__ = ["MET", "Missed"]

# The metric is met when it is this close to what was asked, as a share of it.
MET = 1e-3


class Missed:
    """What a request asks of the metric and the guards, held beside what was measured.

    What is counted, as a gap of labels, moves in steps: one row's worth cannot be told. A guard
    without slack holds to first order only, and how far that goes nobody knows. One that is counted
    is held as measured, with slack or without: its first order is learned on the way.

    Parameters
    ----------
    run : Run
        With the values at the fitted classifier.
    terms : Terms
        What is asked of the metric.
    guards : dict of str to float
        Slack of every guard.

    Attributes
    ----------
    counted : bool
        Whether the metric is counted.
    guarded : bool
        Whether a guard is.
    """

    def __init__(self, run, terms, guards):
        self.metric = run.metric
        self.before = run.before
        self.guards = guards
        self.low, self.high = terms.interval(run.before[run.metric])
        grain = run.start.look.grain
        self.as_measured = {name for name, slack in guards.items() if slack or grain[name] > 0}
        self.counted = grain[run.metric] > 0
        self.counted_guards = [name for name in guards if grain[name] > 0]
        self.guarded = bool(self.counted_guards)

    @property
    def in_steps(self):
        """Whether anything that is asked moves in steps."""
        return self.counted or self.guarded

    @property
    def asked(self):
        """How much of the metric must go."""
        return self.before[self.metric] - self.high

    def violations(self, point):
        """Return by how much the metric and the guards miss their ends, of shape (1 + guards,)."""
        measured = point.measured
        value = measured[self.metric]
        missed = [max(value - self.high, self.low - value, 0.0)]
        for name, slack in self.guards.items():
            worse = abs(measured[name]) - self.before[name] - slack
            missed.append(max(worse, 0.0) if name in self.as_measured else 0.0)
        return np.array(missed)

    def excess(self, point):
        """Return by how much more is missed than can be told, in shares of what was asked."""
        told = np.array([self._told(point, name) for name in (self.metric, *self.guards)])
        return float(np.maximum(self.violations(point) - told, 0.0).sum() / self.asked)

    def short(self, point):
        """Say whether less of the metric has gone than was asked."""
        return bool(self._open(point) > self._told(point, self.metric))

    def far(self, point):
        """Say whether more of a metric that is counted has gone than was asked."""
        return self.counted and bool(self._open(point) < -self._told(point, self.metric))

    def _open(self, point):
        """Return how much of the metric must still go; below 0: too much has gone."""
        return point.measured[self.metric] - self.high

    def _told(self, point, name):
        """Return what makes no difference, as one row where it is counted."""
        return max(MET * self.asked, point.look.grain[name] * (1 + 1e-9))
