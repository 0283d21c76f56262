"""Files that a command is to write: checked before anything is computed."""

import os
from importlib.util import find_spec
from itertools import combinations, product
from pathlib import Path

from sk_softunlearn._cli._errors import BadInputError
from sk_softunlearn._cli._models import MODELS
from sk_softunlearn._cli._parquet import ENDING
from sk_softunlearn._cli._saved import check_writable

__all__ = ["check_destinations", "check_report"]

ENDINGS = {"--report": (".html", ".htm"), "--weights": (".csv", ".csv.gz", ".parquet")}


def check_destinations(options):
    """Refuse files that cannot be written, or that would be written over another one.

    Parameters
    ----------
    options : Namespace
        What the command line was given.

    Raises
    ------
    BadInputError
        With the sentence for the user.
    """
    written = _named(("--report", "--weights", "--save"), options)
    read = {"TABLE": options.table} | _named(("--validation", "--test", "--model"), options)
    if options.model in MODELS:
        read.pop("--model")
    for option, name in written.items():
        _check_name(option, name)
    for one, other in (*combinations(written.items(), 2), *product(written.items(), read.items())):
        _refuse_same(one, other)
    if options.save:
        check_writable(Path(options.save))
    _check_libraries(options)


def check_report(name):
    """Refuse a page that cannot be written, as `check_destinations` does.

    Parameters
    ----------
    name : str
        The file.
    """
    _check_name("--report", name)
    _check_page_libraries(name)


def _check_name(option, name):
    _check_place(option, Path(name))
    endings = ENDINGS.get(option, ())
    if endings and not name.endswith(endings):
        raise BadInputError(f"{option} {name} must end in {' or '.join(endings)}.")


def _named(names, options):
    """Return the files that options name, by the name of the option."""
    found = {name: getattr(options, name.strip("-")) for name in names}
    return {name: value for name, value in found.items() if value}


def _check_place(option, path):
    folder = Path(os.path.realpath(path)).parent
    if path.is_dir() or not folder.is_dir():
        raise BadInputError(
            f"{option} {path} cannot be written: give a file in a folder that exists."
        )
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise BadInputError(
            f"{option} {path} cannot be written: you have no permission to write it; give another "
            "file."
        )


def _refuse_same(one, other):
    (option, name), (second, taken) = one, other
    if os.path.isdir(taken) and name.endswith(ENDING) and _is_inside(name, taken):
        raise BadInputError(
            f"{option} {name} would become a part of the table {taken}: give another directory."
        )
    if _is_same(name, taken):
        called = taken if second == "TABLE" else f"{second} {taken}"
        raise BadInputError(
            f"{option} {name} is the same file as {called}, which would be lost: give another file."
        )


def _is_same(one, other):
    """Whether two names lead to one file: through links, or as the system ignores case."""
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    return os.path.exists(one) and os.path.exists(other) and os.path.samefile(one, other)


def _is_inside(name, folder):
    return Path(os.path.realpath(folder)) in Path(os.path.realpath(name)).parents


def _check_libraries(options):
    if options.report:
        _check_page_libraries(options.report)
    if (options.weights or "").endswith(".parquet") and find_spec("pyarrow") is None:
        raise BadInputError(f"{options.weights} needs pyarrow: run pip install pyarrow.")


def _check_page_libraries(name):
    if not (find_spec("jinja2") and find_spec("matplotlib")):
        raise BadInputError(
            f"{name} needs Jinja2 and matplotlib: run pip install jinja2 matplotlib."
        )
