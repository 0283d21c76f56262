"""Every work that the package or a page cites by author and year has an entry, and the reverse."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "references.rst"
PAGES = [*ROOT.glob("docs/*.rst"), *ROOT.glob("docs/user_guide/*.rst")]
SOURCES = [
    *(ROOT / "sk_softunlearn").rglob("*.py"),
    *ROOT.glob("examples/*.py"),
    *ROOT.glob("benchmarks/*.py"),
    *(page for page in PAGES if page != PAGE),
    ROOT / "README.md",
]

NAME = r"(?:(?:Van|Pereira) )?[A-Z][a-z]+(?:-[A-Z][a-z]+)*"
CITATION = re.compile(rf"\b({NAME}(?: and {NAME}| et al\.)?),? \(?((?:19|20)\d\d[ab]?)\b(?!-\d)")
MONTHS = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}


def cited(text):
    """Author and year of every citation in a text whose lines may start with a comment's mark."""
    flat = re.sub(r"\s*\n\s*(?:# ?)?", " ", text)
    return {f"{who} {year}" for who, year in CITATION.findall(flat) if who not in MONTHS}


def entries():
    """The entries of the page, by author and year."""
    found = re.findall(r"^- \*\*(.+?)\.\*\*(.*?)(?=^- |^\S|\Z)", PAGE.read_text(), re.M | re.S)
    assert len(dict(found)) == len(found)
    return dict(found)


@pytest.mark.parametrize(
    ("text", "works"),
    [
        ("eigenbasis (Van Loan and\n    Pitsianis 1993), so", {"Van Loan and Pitsianis 1993"}),
        ("# the step of Madry et al. (2018), as", {"Madry et al. 2018"}),
        ("exact; Grosse et al. (2023, section\n# 5.1) add", {"Grosse et al. 2023"}),
        ("(Golatkar et al. 2020a, eq. 7; Zhang 2004)", {"Golatkar et al. 2020a", "Zhang 2004"}),
        ("As in 2020-12-31 or 31 Dec 2020, of size=2000.", set()),
    ],
)
def test_citations_are_seen(text, works):
    assert cited(text) == works


def test_what_is_cited_has_an_entry_and_what_has_one_is_cited():
    works = set().union(*(cited(path.read_text()) for path in SOURCES))
    # The paper of the method is cited by its number.
    assert works | {"Qiao et al. 2025"} == set(entries())


def test_links_of_entries_lead_to_the_number_that_is_shown():
    links = re.findall(r"`(arXiv|doi) (\S+) <(\S+)>`__", PAGE.read_text())
    assert len(links) > 30
    where = {"arXiv": "https://arxiv.org/abs/", "doi": "https://doi.org/"}
    for kind, number, address in links:
        assert address == where[kind] + number


def test_entries_stand_in_order():
    for section in re.split(r"^-{3,}$", PAGE.read_text(), flags=re.M):
        names = re.findall(r"^- \*\*(.+?)\.\*\*", section, re.M)
        assert names == sorted(names)
