"""The command line from its arguments to its exit code."""

import warnings

from sk_softunlearn._cli._commands import audit, path
from sk_softunlearn._cli._console import Console
from sk_softunlearn._cli._demo import demo
from sk_softunlearn._cli._errors import BadInputError
from sk_softunlearn._cli._options import build_parser
from sk_softunlearn._cli._output import as_json
from sk_softunlearn._cli._words import in_options
from sk_softunlearn.exceptions import (
    DeltaNotReachedWarning,
    InfeasibleWeightsError,
    SoftUnlearnError,
    SoftUnlearnWarning,
)

__all__ = ["main"]

DONE, NOT_REACHED, BAD_INPUT = 0, 1, 2
# What a shell gives a program that an interrupt has ended.
INTERRUPTED = 130


def main(argv=None):
    """Run the command line.

    Parameters
    ----------
    argv : list of str, default=None
        Arguments; None: those of the process.

    Returns
    -------
    code : int
        0 done, 1 the asked delta was not reached, 2 bad input, 130 interrupted.
    """
    try:
        options = build_parser({"demo": demo, "audit": audit, "path": path}).parse_args(argv)
    except SystemExit:
        # The help may go to a reader who has left.
        Console().write("")
        raise
    console = Console(getattr(options, "quiet", False))
    with warnings.catch_warnings(record=True) as caught:
        console.caught = caught
        warnings.simplefilter("always", SoftUnlearnWarning)
        failed = _run(options, console)
    if failed is not None:
        code, sentence, facts = failed
        console.complain(sentence)
        if getattr(options, "json", False) and not console.answered:
            console.write(as_json({"error": " ".join(sentence.split()), **facts}))
        return code
    for message in console.warnings():
        console.complain(f"Warning: {message}")
    missed = any(issubclass(warning.category, DeltaNotReachedWarning) for warning in caught)
    return NOT_REACHED if missed else DONE


def _run(options, console):
    """Run a command; return None, or exit code, sentence and facts of what went wrong."""
    try:
        options.command(options, console)
    except InfeasibleWeightsError as error:
        return NOT_REACHED, in_options(str(error)), {"max_delta": error.max_delta}
    except KeyboardInterrupt:
        return INTERRUPTED, "Interrupted.", {}
    except MemoryError:
        return BAD_INPUT, "The table needs more memory than there is: give fewer rows.", {}
    except BadInputError as error:
        return BAD_INPUT, str(error), {}
    except (SoftUnlearnError, ValueError, OSError, ImportError) as error:
        return BAD_INPUT, in_options((str(error).splitlines() or [type(error).__name__])[0]), {}
    return None
