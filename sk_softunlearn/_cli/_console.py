"""What goes to the terminal: results on stdout, progress and complaints on stderr."""

import os
import re
import sys
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from threading import Timer

from sk_softunlearn._cli._words import in_options
from sk_softunlearn.exceptions import DeltaNotReachedWarning

__all__ = ["Console"]

# Seconds before a bar shows: what is done sooner needs none.
PATIENCE = 2.0
# Control characters but line breaks and tabs, and those that turn the direction of a text.
CONTROLS = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]"
)


class Console:
    """Stdout and stderr of one run.

    Parameters
    ----------
    quiet : bool, default=False
        Whether to show no progress.

    Attributes
    ----------
    answered : bool
        Whether there are results on stdout.
    caught : list of WarningMessage
        What the run has warned of.
    """

    def __init__(self, quiet=False):
        self.quiet = quiet
        self.answered = False
        self.caught = []

    def warnings(self):
        """Return the warnings of the run so far, each once, in the words of the command line."""
        return list(dict.fromkeys(in_options(str(each.message)) for each in self.caught))

    def delta_reached(self):
        """Say whether the run has not warned of a delta that was not reached."""
        return not any(issubclass(each.category, DeltaNotReachedWarning) for each in self.caught)

    def write(self, text):
        """Write results to stdout; a reader who has left is no error.

        Parameters
        ----------
        text : str
            As it is to appear; characters that would steer the terminal are escaped.
        """
        self.answered = True
        if sys.stdout is None:
            return
        try:
            sys.stdout.write(_printable(text, sys.stdout))
            sys.stdout.flush()
        except BrokenPipeError:
            # Files that were asked for are still written, and the exit code still counts.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def complain(self, text):
        """Write one line to stderr.

        Parameters
        ----------
        text : str
            Its line breaks become blanks.
        """
        if sys.stderr is not None:
            sys.stderr.write(_printable(f"{' '.join(text.split())}\n", sys.stderr))

    @contextmanager
    def stage(self, text, total=None):
        """Say that something begins, and how far it is.

        A bar, once it takes longer than two seconds, where stderr is a terminal and rich is
        installed; else one line.

        Parameters
        ----------
        text : str
            What is done.
        total : float, default=None
            How many units it has; None: unknown.

        Yields
        ------
        advance : callable
            To be called with the number of units done.
        """
        shown = sys.stderr is not None and not self.quiet
        if shown and sys.stderr.isatty() and find_spec("rich"):
            with _bar(_printable(text, sys.stderr), total) as advance:
                yield advance
            return
        if shown:
            self.complain(text)
        yield _ignore


@contextmanager
def _bar(text, total):
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    described = TextColumn("{task.description}", markup=False)
    progress = Progress(described, BarColumn(), TimeElapsedColumn(), console=Terminal(stderr=True))
    task = progress.add_task(text, total=total)
    timer = Timer(PATIENCE, progress.start)
    timer.daemon = True
    timer.start()
    try:
        yield partial(progress.advance, task)
        progress.update(task, total=total or 1, completed=total or 1)
    finally:
        timer.cancel()
        timer.join()
        progress.stop()


def _printable(text, stream):
    """Escape what would steer the terminal, or what it cannot show."""
    text = CONTROLS.sub(lambda found: ascii(found[0])[1:-1], text)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _ignore(units):
    """Show nothing."""
