"""What goes to the terminal: results on stdout, progress and complaints on stderr."""

import os
import sys
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from threading import Timer

__all__ = ["Console"]

# Seconds before a bar shows: what is done sooner needs none.
PATIENCE = 2.0


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
    """

    def __init__(self, quiet=False):
        self.quiet = quiet
        self.answered = False

    def write(self, text):
        """Write results to stdout; a reader who has left is no error.

        Parameters
        ----------
        text : str
            As it is to appear.
        """
        self.answered = True
        if sys.stdout is None:
            return
        try:
            sys.stdout.write(text)
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
            sys.stderr.write(f"{' '.join(text.split())}\n")

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
            with _bar(text, total) as advance:
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


def _ignore(units):
    """Show nothing."""
