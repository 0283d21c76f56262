"""Parameters that an L1 penalty stops at 0."""

__all__ = ["at_zero", "stopped"]


def at_zero(view):
    """Return which parameters have come to 0 against their tilt, a boolean array of shape (d,)."""
    return (view.theta == 0.0) & (view.tilt != 0.0)


def stopped(view, gradient):
    """Return which of them a step down `gradient`, of shape (d,), would take past 0."""
    return at_zero(view) & (view.tilt * gradient > 0.0)
