"""The README is short, and its picture is what the package draws today."""

import re
import runpy
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.testing.compare import compare_images

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_is_short_and_opens_with_its_picture():
    assert len(README.splitlines()) < 120
    (picture,) = re.finditer(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert picture[1] == "docs/idea.png"
    assert picture.end() < README.index("\n## ")


def test_the_picture_of_the_readme_is_what_is_drawn(tmp_path):
    plt.switch_backend("agg")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        runpy.run_path(str(ROOT / "docs" / "draw.py"))["draw_readme"](tmp_path / "idea.png")
    differs = compare_images(str(ROOT / "docs" / "idea.png"), str(tmp_path / "idea.png"), tol=6)
    assert differs is None, differs
