"""The pages name everything that a user may choose, and the table of peers is one."""

import csv
import re
from pathlib import Path

import pytest

from sk_softunlearn.corrections import CORRECTIONS
from sk_softunlearn.curvature import CURVATURES
from sk_softunlearn.objectives import OBJECTIVES

DOCS = Path(__file__).parents[2] / "docs"


def rows_of_tables(page):
    """Names in the first column of the tables of a page of the guide."""
    text = (DOCS / "user_guide" / page).read_text()
    return set(re.findall(r'^   \* - ``"?(\w+)"?``$', text, re.M))


@pytest.mark.parametrize(
    ("page", "named"),
    [
        ("corrections.rst", CORRECTIONS),
        ("networks.rst", CURVATURES),
        ("metrics.rst", OBJECTIVES),
    ],
)
def test_the_guide_has_a_row_for_every_name_that_a_parameter_takes(page, named):
    assert rows_of_tables(page) == set(named)


def test_every_row_of_the_table_of_peers_is_complete():
    header, *rows = csv.reader((DOCS / "peers.csv").read_text().splitlines())
    assert rows
    optional = header.index("log loss")
    for row in rows:
        assert len(row) == len(header)
        assert all(cell for place, cell in enumerate(row) if place != optional), row
