"""Long sweeps say how far they are."""

import io
from contextlib import contextmanager

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._sweeps import InMemory, SweepLines, _in_memory, _progress, followed_by
from sk_softunlearn._sweeps._chunks import Chunks


class Parts(Chunks):
    """Chunks that are at hand."""

    def __init__(self, X, n_chunks):
        self.parts = np.array_split(X, n_chunks)
        super().__init__([len(part) for part in self.parts], None, X.shape[1])

    def load(self, k):
        return self.parts[k]


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Follower:
    """Notes what it is told."""

    def __init__(self):
        self.told = []

    @contextmanager
    def sweep(self, purpose, n_rows):
        self.told.append((purpose, n_rows))
        yield self.told.append
        self.told.append("end")


def add_gram(totals, block):
    return (), None


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    X, groups = rng.normal(size=(1000, 3)), np.arange(1000) % 2
    X[:, 0] += groups
    return X, (X.sum(axis=1) + rng.logistic(size=1000) > 0.5).astype(int), groups


@pytest.fixture
def steps(rows):
    X, y, groups = rows

    def take(verbose, X=X):
        soft = SoftUnlearner(LogisticRegression().fit(rows[0], y), verbose=verbose)
        soft.fit_influence(X, y, sensitive_features=groups).compute_weights().unlearn()

    return take


def test_a_sweep_tells_of_its_chunks_and_not_of_the_sweeps_inside_them(rows, monkeypatch):
    monkeypatch.setattr(_in_memory, "LONG", 0)
    follower = Follower()
    with followed_by(follower):
        Parts(rows[0], 4).sweep(add_gram)
    assert follower.told == [("curvature", 1000), 250, 250, 250, 250, "end"]
    Parts(rows[0], 4).sweep(add_gram)
    assert follower.told.count("end") == 1


def test_rows_in_memory_tell_if_they_are_many(rows, monkeypatch):
    follower = Follower()
    with followed_by(follower):
        InMemory(rows[0]).sweep(add_gram)
        assert follower.told == []
        monkeypatch.setattr(_in_memory, "LONG", rows[0].nbytes)
        InMemory(rows[0]).sweep(add_gram)
    assert sum(count for count in follower.told[1:-1]) == 1000


def test_verbose_writes_a_line_per_sweep(rows, steps, capsys):
    steps(1, Parts(rows[0], 2))
    assert "sweep" not in capsys.readouterr().out
    steps(2)
    assert "sweep" not in capsys.readouterr().out
    steps(2, Parts(rows[0], 2))
    lines = capsys.readouterr().out.splitlines()
    first = "[SoftUnlearner] (influence, sweep 1) loss and gradient over 1,000 rows, total="
    assert lines[0].startswith(first)
    purposes = {line.split(") ")[1].split(" over")[0] for line in lines if "sweep" in line}
    assert "loss and gradient" in purposes
    assert purposes <= set(_progress.PURPOSES.values())
    assert sum("Processing" in line for line in lines) == 3
    assert any(line.startswith("[SoftUnlearner] (correction, sweep 1)") for line in lines)


def test_on_a_terminal_the_line_says_how_far_it_is(rows, monkeypatch):
    monkeypatch.setattr(_progress, "OFTEN", 0.0)
    stream = Terminal()
    with followed_by(SweepLines("SoftUnlearner", "weights", stream)):
        Parts(rows[0], 4).sweep(add_gram)
    start = "\r[SoftUnlearner] (weights, sweep 1) curvature over 1,000 rows, "
    shares = [f"{start}{share}" for share in (" 25.0%", " 50.0%", " 75.0%", "100.0%")]
    text = stream.getvalue()
    assert text.startswith("".join(shares))
    assert text.removeprefix("".join(shares)).startswith(f"{start}total=")
    assert text.endswith("s\n")


def test_a_sweep_that_fails_leaves_the_line(rows, monkeypatch):
    monkeypatch.setattr(_progress, "OFTEN", 0.0)
    stream = Terminal()

    def tired(totals, block):
        if len(stream.getvalue()) > 0:
            raise ValueError("tired")
        return (), None

    with pytest.raises(ValueError, match="tired"), followed_by(SweepLines("A", "b", stream)):
        Parts(rows[0], 4).sweep(tired)
    assert stream.getvalue() == "\r[A] (b, sweep 1) tired over 1,000 rows,  25.0%\n"


def test_callbacks_are_told_of_the_sweeps_of_a_fit(rows):
    pytest.importorskip("sklearn.callback")
    told = []

    class Listener:
        def setup(self, estimator, context):
            pass

        def on_fit_task_begin(self, estimator, context):
            told.append(context.task_name)

        def on_fit_task_end(self, estimator, context):
            pass

        def teardown(self, estimator, context):
            pass

    X, y, groups = rows
    soft = SoftUnlearner(LogisticRegression(), min_group_rows=1, random_state=0)
    soft.set_callbacks(Listener()).fit(Parts(X, 3), y, sensitive_features=groups)
    assert told[:2] == ["fit", "training"]
    after = told[told.index("influence") : told.index("weights")]
    assert all(name.startswith("sweep: ") for name in after[1:])
    assert after[1] == "sweep: loss and gradient"
    # Rows in memory are swept in no time.
    told.clear()
    soft.fit(X, y, sensitive_features=groups)
    assert told == ["fit", "training", "influence", "weights", "correction"]
