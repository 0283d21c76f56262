"""Examples: short, introduced for the gallery, and in step with the API."""

import ast
import os
import runpy
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from tests.conftest import SHARED

FOLDER = Path(__file__).resolve().parents[1] / "examples"
EXAMPLES = sorted(FOLDER.glob("plot_*.py"))
# The quickest ones; the gallery of the docs runs them all. And what else they need.
QUICK = ["plot_deployed_lightgbm.py", "plot_intersectional.py", "plot_text.py", "plot_torch.py"]
NEEDED = {
    "plot_deployed_lightgbm.py": "lightgbm",
    "plot_torch.py": "torch",
    "plot_transformer.py": "torch",
}


def by_name(path):
    return path.name


@pytest.mark.parametrize("path", EXAMPLES, ids=by_name)
def test_an_example_is_short_and_says_what_it_finds(path):
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) < 120
    title, rule, *intro = ast.get_docstring(ast.parse(source)).splitlines()
    assert len(title) == len(rule)
    assert set(rule) == {"="}
    assert any(line.startswith("The finding: ") for line in intro)
    assert "\n# %%\n" in source
    assert "plt.show()" in source


def test_the_gallery_has_a_header():
    title, rule, *_ = (FOLDER / "README.rst").read_text(encoding="utf-8").splitlines()
    assert len(title) == len(rule)


@pytest.mark.parametrize("name", QUICK)
def test_a_quick_example_runs_without_a_warning(name, adult, monkeypatch, capsys):
    if name in NEEDED:
        pytest.importorskip(NEEDED[name])
    monkeypatch.setenv("SK_SOFTUNLEARN_DATA", os.environ.get("SK_SOFTUNLEARN_DATA", str(SHARED)))
    plt.switch_backend("Agg")
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.get_fignums()))
    try:
        runpy.run_path(str(FOLDER / name))
    finally:
        plt.close("all")
    assert shown
    assert all(shown)
    assert capsys.readouterr().out
