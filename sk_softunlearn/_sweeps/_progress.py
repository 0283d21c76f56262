"""Progress of sweeps, and who follows it."""

import sys
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from time import monotonic

__all__ = ["SweepLines", "followed_by", "told"]

# Kernels, and what they compute.
PURPOSES = {
    "look": "loss and gradient",
    "forward": "raw predictions",
    "answers": "influence",
    "add_backward": "gradients",
    "through": "gradients and curvature",
    "add_gram": "curvature",
    "add_gram_diagonal": "diagonal of the curvature",
    "_add_gram": "curvature",
    "_add_diagonal": "diagonal of the curvature",
}
# Seconds between two updates of a line.
OFTEN = 0.2

_FOLLOWERS: ContextVar[tuple] = ContextVar("followers", default=())


@contextmanager
def followed_by(follower):
    """Report the progress of sweeps to a follower.

    Parameters
    ----------
    follower : object
        `follower.sweep(purpose, n_rows)` is a context manager. It gives a function that is called
        with the number of rows in each finished block.
    """
    before = _FOLLOWERS.set((*_FOLLOWERS.get(), follower))
    try:
        yield
    finally:
        _FOLLOWERS.reset(before)


@contextmanager
def told(kernel, n_rows):
    """Report one sweep to all followers, by a function of the number of finished rows."""
    followers = _FOLLOWERS.get()
    if not followers:
        yield _nobody
        return
    # Sweeps over the rows of a chunk are part of this sweep, and are not reported.
    before = _FOLLOWERS.set(())
    try:
        with ExitStack() as stack:
            purpose = PURPOSES.get(kernel.__name__, kernel.__name__)
            each = [stack.enter_context(f.sweep(purpose, n_rows)) for f in followers]
            yield lambda count: [advance(count) for advance in each]
    finally:
        _FOLLOWERS.reset(before)


def _nobody(count):
    """Report to nobody."""


class SweepLines:
    """Print one line per sweep, with the time that it took.

    On a terminal the line also shows the finished share of the rows.

    Parameters
    ----------
    name : str
        Name of the estimator.
    stage : str
        Stage of the correction, such as influence.
    stream : file, default=None
        Where the lines are written. None is standard output.

    Examples
    --------
    >>> from sk_softunlearn._sweeps._progress import SweepLines
    >>> lines = SweepLines("SoftUnlearner", "influence")
    >>> with lines.sweep("curvature", 1000) as advance:  # doctest: +ELLIPSIS
    ...     advance(1000)
    [SoftUnlearner] (influence, sweep 1) curvature over 1,000 rows, total=...s
    """

    def __init__(self, name, stage, stream=None):
        self.name = name
        self.stage = stage
        self.stream = sys.stdout if stream is None else stream
        self.count = 0

    @contextmanager
    def sweep(self, purpose, n_rows):
        """Write the line of one sweep."""
        self.count += 1
        text = f"[{self.name}] ({self.stage}, sweep {self.count}) {purpose} over {n_rows:,} rows, "
        line = _Line(self.stream, text, n_rows)
        try:
            yield line.advance
        except BaseException:
            line.leave()
            raise
        line.end()


class _Line:
    """A line that a terminal overwrites while the sweep runs."""

    def __init__(self, stream, text, n_rows):
        self.stream = stream
        self.text = text
        self.n_rows = n_rows
        self.done = 0
        self.start = self.last = monotonic()
        self.begun = False
        self.live = stream.isatty()

    def advance(self, count):
        self.done += count
        if self.live and monotonic() - self.last >= OFTEN:
            self.last, self.begun = monotonic(), True
            self.stream.write(f"\r{self.text}{self.done / self.n_rows:6.1%}")
            self.stream.flush()

    def end(self):
        start = "\r" if self.begun else ""
        self.stream.write(f"{start}{self.text}total={monotonic() - self.start:6.1f}s\n")

    def leave(self):
        if self.begun:
            self.stream.write("\n")
