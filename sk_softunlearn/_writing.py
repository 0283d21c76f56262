"""Files that are written whole or not at all."""

import contextlib
import errno
import os
import stat
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

__all__ = ["writing"]


@contextmanager
def writing(path):
    """Open a file to be written whole, or not at all.

    What is written goes to a new file in the same folder. It takes the place of the old one once
    all of it is on the disk. If anything goes wrong before that, an interrupt included, the new
    file is removed and the old one stays as it was. A link stays a link: the file that it leads to
    is replaced. What is no regular file, such as a pipe, is written to directly.

    Parameters
    ----------
    path : str or Path
        The file.

    Yields
    ------
    file : binary file
        What is written to it.

    Raises
    ------
    OSError
        If the file cannot be written, with the name that was given.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "report.txt"
    ...     with writing(path) as file:
    ...         count = file.write(b"old")
    ...     try:
    ...         with writing(path) as file:
    ...             count = file.write(b"half of the n")
    ...             raise KeyboardInterrupt
    ...     except KeyboardInterrupt:
    ...         path.read_text()
    'old'
    """
    try:
        final = Path(os.path.realpath(path))
        with _directly(final) if _is_special(final) else _beside(final) as file:
            yield file
    except OSError as error:
        if error.errno is None:
            raise
        # The temporary name means nothing to a reader.
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


def _is_special(path):
    return path.exists() and not path.is_file() and not path.is_dir()


def _directly(path):
    return path.open("wb")


@contextmanager
def _beside(path):
    mode = _mode_of(path)
    # A short name of its own fits where the name of the file does.
    temporary = path.with_name(f".{uuid4().hex}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _keep_name(path.parent)


def _mode_of(path):
    """Return the permissions of a file that is there, None where there is none.

    Raises
    ------
    OSError
        If it may not be written, or is a folder.
    """
    if not path.exists():
        return None
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    # To replace a file needs no permission to write it: a protected one must stay all the same.
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return stat.S_IMODE(path.stat().st_mode)


def _keep_name(folder):
    """Put the new name on the disk too, where the system has a way to."""
    with contextlib.suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
