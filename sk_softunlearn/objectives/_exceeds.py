"""When a guard counts as exceeded."""

__all__ = ["exceeds"]

# Share of a slack up to which a rise still counts as within it; and share of the value, where there
# is no slack: what is held to first order is not held to the last digit.
WITHIN, TOLERATED = 1.05, 1e-3


def exceeds(before, after, slack):
    """Say whether what was guarded got worse, as measured, by more than it may.

    Parameters
    ----------
    before, after : float
        Its value, of either sign: a gap on the other side is as bad.
    slack : float
        By how much it may get worse.

    Returns
    -------
    exceeded : bool
        True: by more.
    """
    return abs(after) - abs(before) > (WITHIN * slack if slack else TOLERATED * abs(before))
