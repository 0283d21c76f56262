"""What needs PyTorch is skipped where it is missing, with a word of it."""

from importlib.util import find_spec
from pathlib import Path

import pytest

MISSING = find_spec("torch") is None
REASON = 'PyTorch is not installed: python -m pip install ".[torch]"'
ROOT = Path(__file__).parent
# What cannot be imported without it.
FOLDERS = {ROOT / "tests" / "torch", ROOT / "sk_softunlearn" / "_torch"}
# Examples that need it.
GUIDE = ROOT / "docs" / "user_guide"
EXAMPLES = {
    ROOT / "sk_softunlearn" / "torch",
    GUIDE / "torch.rst",
    GUIDE / "language_models.rst",
}


class Left(pytest.Dir):
    """A folder that is left out."""

    def collect(self):
        """Say why."""
        pytest.skip(REASON, allow_module_level=True)


def pytest_collect_directory(path, parent):
    """Leave out folders."""
    return Left.from_parent(parent, path=path) if MISSING and path in FOLDERS else None


def pytest_collection_modifyitems(items):
    """Skip the examples."""
    for item in items if MISSING else ():
        if EXAMPLES & {item.path, *item.path.parents}:
            item.add_marker(pytest.mark.skip(reason=REASON))
