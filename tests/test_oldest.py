"""The oldest versions that are tested are those that are declared."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LINES = (ROOT / "constraints" / "oldest.txt").read_text().splitlines()
PINS = [Requirement(line) for line in LINES if line and not line.startswith("#")]
PINNED = {pin.name: pin for pin in PINS}
# Documents and linters are built and run with the newest.
EXTRAS = [name for name in PROJECT["optional-dependencies"] if name not in ("docs", "dev")]
DECLARED = sorted(
    {*PROJECT["dependencies"], *(r for e in EXTRAS for r in PROJECT["optional-dependencies"][e])}
)


@pytest.mark.parametrize("text", DECLARED)
def test_the_minimum_is_the_version_that_is_tested(text):
    requirement = Requirement(text)
    (declared,) = requirement.specifier
    (tested,) = PINNED[requirement.name].specifier
    assert (declared.operator, tested.operator) in ((">=", "=="), ("==", "=="))
    assert Version(declared.version) == Version(tested.version)
