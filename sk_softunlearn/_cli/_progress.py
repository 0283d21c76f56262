"""Bars of the terminal that scikit-learn's callbacks move."""

from contextlib import contextmanager

__all__ = ["DRAWS", "followed"]

# Draws of the intervals, on validation rows and on those of the report.
DRAWS = 400


class _Advance:
    """A callback that moves a bar by one for every task that ends.

    Parameters
    ----------
    advance : callable
        Called with 1.
    """

    def __init__(self, advance):
        self.advance = advance

    def setup(self, estimator, context):
        """Nothing: the bar is there."""

    def on_fit_task_begin(self, estimator, context):
        """Nothing: a task counts at its end."""

    def on_fit_task_end(self, estimator, context):
        """Move the bar, unless it is the end of all."""
        if context.parent is not None:
            self.advance(1)

    def teardown(self, estimator, context):
        """Nothing: the bar goes with its stage."""


@contextmanager
def followed(worker, advance):
    """Have work that tells callbacks move a bar, where scikit-learn has them (1.9).

    Parameters
    ----------
    worker : AuditReport or SoftUnlearner
        What does the work.
    advance : callable
        Called with the number of units done.
    """
    if not hasattr(worker, "set_callbacks"):
        yield
        return
    worker.set_callbacks(_Advance(advance))
    try:
        yield
    finally:
        worker.set_callbacks()
