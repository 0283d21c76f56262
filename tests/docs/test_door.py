"""The map for contributors shows every room, and what pages name exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "sk_softunlearn"
DOCS = ROOT / "docs"
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *DOCS.glob("*.rst"),
    *DOCS.glob("user_guide/*.rst"),
]
# Folders of the repository, whose files pages name with their path.
NAMED = re.compile(
    r"(?<![\w/.~<-])"
    r"((?:sk_softunlearn|tests|benchmarks|examples|docs|constraints|\.ci|\.github)/[\w/.*-]*\w)"
)


def rooms_on_the_map():
    """Folders and files in the first column of the table "Where things are"."""
    page = (DOCS / "contributing.rst").read_text()
    table = page[page.index("Where things are") : page.index("House rules")]
    cells = re.findall(r"^   \* - (.*)$", table, re.M)[1:]
    return [name.rstrip("/") for cell in cells for name in re.findall(r"``([^`]+)``", cell)]


def test_the_map_shows_every_room_once():
    folders = {p.parent.relative_to(PACKAGE).as_posix() for p in PACKAGE.rglob("*/*.py")}
    files = {path.name for path in PACKAGE.glob("*.py")} - {"__init__.py"}
    rooms = rooms_on_the_map()
    assert len(set(rooms)) == len(rooms)
    assert set(rooms) == folders | files


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_that_a_page_names_exist(page):
    for name in NAMED.findall(page.read_text()):
        assert any(ROOT.glob(name)), name


@pytest.mark.parametrize("page", [*ROOT.glob("*.md")], ids=lambda path: path.name)
def test_links_of_a_page_in_markdown_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_names_of_files_are_seen():
    assert NAMED.findall("see ``benchmarks/front.py`` and examples/plot_*.py.") == [
        "benchmarks/front.py",
        "examples/plot_*.py",
    ]


def test_the_makefile_offers_the_steps_that_ci_runs():
    makefile, script = (ROOT / "Makefile").read_text(), (ROOT / ".ci" / "run").read_text()
    offered = re.search(r"^([a-z ]+):\n\t@bash \.ci/run \$@", makefile, re.M)[1].split()
    usage = re.search(r"usage: \.ci/run \[--oldest \| ([^]]+)\]", script)[1]
    assert offered == usage.split(" | ")
    page = (DOCS / "contributing.rst").read_text()
    for target in [*offered, "oldest", "all"]:
        assert f"``make {target}``" in page, target
