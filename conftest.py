"""What needs PyTorch is left out of the tests where it is missing."""

from importlib.util import find_spec
from pathlib import Path

import pytest

MISSING = find_spec("torch") is None
ROOT = Path(__file__).parent
# Examples of the package and of the pages that need it.
EXAMPLES = {ROOT / "sk_softunlearn" / "torch", ROOT / "docs" / "user_guide" / "torch.rst"}

# Its modules cannot be imported without it.
collect_ignore = ["sk_softunlearn/_torch"] if MISSING else []


def pytest_collection_modifyitems(items):
    """Skip the examples, and say why."""
    reason = 'PyTorch is not installed: python -m pip install ".[torch]"'
    for item in items if MISSING else ():
        if EXAMPLES & {item.path, *item.path.parents}:
            item.add_marker(pytest.mark.skip(reason=reason))
