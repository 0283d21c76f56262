"""Who is told how far a sweep is."""

import sys
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from time import monotonic

__all__ = ["SweepLines", "followed_by", "told"]

# What kernels compute, in words.
PURPOSES = {
    "look": "loss and gradient",
    "forward": "raw predictions",
    "answers": "influence",
    "add_backward": "gradients",
    "through": "weights",
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
    """Have sweeps tell somebody how far they are.

    Parameters
    ----------
    follower : object
        Its `sweep(purpose, n_rows)` is a context; what it gives is called with numbers of rows as
        they are done.
    """
    before = _FOLLOWERS.set((*_FOLLOWERS.get(), follower))
    try:
        yield
    finally:
        _FOLLOWERS.reset(before)


@contextmanager
def told(kernel, n_rows):
    """Tell all that follow of one sweep; what it gives is called with rows that are done."""
    followers = _FOLLOWERS.get()
    if not followers:
        yield _nobody
        return
    # The sweeps over the rows of a chunk are no sweeps of their own.
    before = _FOLLOWERS.set(())
    try:
        with ExitStack() as stack:
            purpose = PURPOSES.get(kernel.__name__, kernel.__name__)
            each = [stack.enter_context(f.sweep(purpose, n_rows)) for f in followers]
            yield lambda count: [advance(count) for advance in each]
    finally:
        _FOLLOWERS.reset(before)


def _nobody(count):
    """Tell nobody."""


class SweepLines:
    """One line per sweep, which says how far it is on a terminal, and at its end how long it took.

    Parameters
    ----------
    name : str
        Who sweeps.
    stage : str
        What for.
    stream : file, default=None
        Where to; None: standard output.

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
    """A line that is written over while a terminal shows it."""

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
