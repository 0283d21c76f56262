"""Memory is looked at before a dense matrix is formed."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.curvature import Auto, ConjugateGradient, Exact, _auto, _exact, _room
from sk_softunlearn.exceptions import SoftUnlearnError
from sk_softunlearn.views import LinearJacobian, read_view


@pytest.fixture
def wide():
    """Three classes of 200 columns: 603 parameters."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 200)), np.arange(300) % 3
    return read_view(LogisticRegression(C=0.01).fit(X, y), X, y)


def forbidden(*_):
    raise AssertionError("the work has begun")


def test_an_exact_curvature_that_does_not_fit_is_refused_before_the_work(wide, monkeypatch):
    needed = 3 * 8 * 603**2
    monkeypatch.setattr(_exact, "available", lambda: needed)
    Exact().invert(wide, wide.sample_weight)
    monkeypatch.setattr(_exact, "available", lambda: needed - 1)
    monkeypatch.setattr(LinearJacobian, "gram", forbidden)
    with pytest.raises(SoftUnlearnError, match=r"for 603 parameters.*Use 'conjugate_gradient'"):
        Exact().invert(wide, wide.sample_weight)


def test_three_matrices_are_what_it_takes(wide):
    """Counted: what is held while the matrix is formed and factored."""
    import tracemalloc

    tracemalloc.start()
    Exact().invert(wide, wide.sample_weight)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < (_exact.HELD + 0.5) * 8 * 603**2


def test_auto_takes_products_where_the_matrices_do_not_fit(wide, monkeypatch):
    assert isinstance(Auto().choose(wide), Exact)
    monkeypatch.setattr(_auto, "available", lambda: 5 * 8 * 603**2 - 1)
    assert isinstance(Auto().choose(wide), ConjugateGradient)


def test_a_user_is_told_what_to_choose(monkeypatch):
    rng = np.random.default_rng(0)
    X, y, groups = rng.normal(size=(200, 5)), np.arange(200) % 2, rng.integers(2, size=200)
    fitted = LogisticRegression().fit(X, y)
    monkeypatch.setattr(_exact, "available", lambda: 100.0)
    with pytest.raises(SoftUnlearnError, match="'curvature' must be one without a dense matrix"):
        SoftUnlearner(fitted, curvature="exact").fit_influence(X, y, sensitive_features=groups)


@pytest.mark.parametrize(
    ("machine", "container", "expected"),
    [
        ("MemTotal: 9 kB\nMemAvailable: 5 kB\n", "max\n", 5 * 1024),
        ("MemTotal: 9 kB\nMemAvailable: 5 kB\n", "1000\n", 1000),
        ("MemTotal: 9 kB\n", None, 77.0),
        (None, None, 77.0),
        (None, "50", 50),
    ],
    ids=["machine", "container", "old Linux", "no Linux", "only a container"],
)
def test_what_the_system_says(tmp_path, monkeypatch, machine, container, expected):
    for name, text in (("machine", machine), ("container", container)):
        if text is not None:
            (tmp_path / name).write_text(text)
    monkeypatch.setattr(_room, "MACHINE", tmp_path / "machine")
    monkeypatch.setattr(_room, "CONTAINERS", (tmp_path / "container", tmp_path / "none"))
    monkeypatch.setattr(_room, "_installed", lambda: 77.0)
    assert _room.available() == expected


def test_where_python_does_not_know_it_nothing_is_refused(monkeypatch):
    monkeypatch.setattr(_room.os, "sysconf_names", {}, raising=False)
    assert _room._installed() == np.inf
    monkeypatch.delattr(_room.os, "sysconf_names")
    assert _room._installed() == np.inf
