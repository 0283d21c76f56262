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
    InfeasibleWeightsError,
    SoftUnlearnError,
    SoftUnlearnWarning,
)

__all__ = ["main"]

# A requirement that is not met, and, where there is none, a delta that was not reached.
DONE, FAILED, BAD_INPUT = 0, 1, 2
# A delta that was not reached, where all requirements are met.
NOT_REACHED = 3
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
        0 done; 1 a requirement was not met, or there is none and the asked delta was not reached; 2
        bad input; 3 all requirements were met, and the asked delta was not reached; 130
        interrupted.
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
        failed, passed = _run(options, console)
    if failed is not None:
        code, sentence, facts = failed
        console.complain(sentence)
        if getattr(options, "json", False) and not console.answered:
            console.write(as_json({"error": " ".join(sentence.split()), **facts}))
        return code
    for message in console.warnings():
        console.complain(f"Warning: {message}")
    if passed and console.delta_reached():
        return DONE
    return NOT_REACHED if passed and getattr(options, "require", None) else FAILED


def _run(options, console):
    """Run a command; return exit code, sentence and facts of what went wrong, or None; and passed.

    A command has passed if it does not say otherwise.
    """
    try:
        return None, options.command(options, console) is not False
    except InfeasibleWeightsError as error:
        # There is no corrected model, and no requirement that it meets.
        facts = {"delta_reached": False, "max_delta": error.max_delta}
        failed = FAILED, in_options(str(error)), facts
    except KeyboardInterrupt:
        failed = INTERRUPTED, "Interrupted.", {}
    except MemoryError:
        failed = BAD_INPUT, "The table needs more memory than there is: give fewer rows.", {}
    except BadInputError as error:
        failed = BAD_INPUT, str(error), {}
    except (SoftUnlearnError, ValueError, OSError, ImportError) as error:
        sentence = in_options((str(error).splitlines() or [type(error).__name__])[0])
        failed = BAD_INPUT, sentence, {}
    return failed, False
