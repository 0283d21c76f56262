"""Progress, and readers who leave."""

import io
import sys
import time

import pytest

from sk_softunlearn._cli import _console
from sk_softunlearn._cli._console import Console


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    opened = Terminal()

    def use():
        monkeypatch.setattr(sys, "stderr", opened)
        return opened

    return use


def test_lines_where_there_is_no_terminal(capsys):
    with Console().stage("Reading [a] file", 3) as advance:
        advance(1)
    with Console(quiet=True).stage("In silence"):
        pass
    assert capsys.readouterr().err == "Reading [a] file\n"


def test_lines_without_rich(terminal, monkeypatch):
    stderr = terminal()
    monkeypatch.setattr(_console, "find_spec", lambda name: None)
    with Console().stage("Reading"):
        pass
    assert stderr.getvalue() == "Reading\n"


@pytest.mark.parametrize("total", [None, 4])
def test_a_bar_for_what_takes_long(terminal, monkeypatch, total):
    pytest.importorskip("rich")
    stderr = terminal()
    with Console().stage("Soon done", total):
        pass
    assert stderr.getvalue() == ""
    monkeypatch.setattr(_console, "PATIENCE", 0.0)
    with Console().stage("Reading [a] file", total) as advance:
        time.sleep(0.2)
        advance(2)
    assert "Reading [a] file" in stderr.getvalue()


def test_a_bar_does_not_hide_an_error(terminal, monkeypatch):
    pytest.importorskip("rich")
    terminal()
    monkeypatch.setattr(_console, "PATIENCE", 0.0)
    with pytest.raises(KeyboardInterrupt), Console().stage("Training"):
        raise KeyboardInterrupt


def test_closed_streams_are_no_error(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    console = Console()
    console.write("text")
    console.complain("text")
    with console.stage("text"):
        pass


STEERING = "a\x1b[2Jb\x07c\x9bd\x7fe\rf\u202eg"
SHOWN = "a\\x1b[2Jb\\x07c\\x9bd\\x7fe\\rf\\u202eg"


def test_what_would_steer_a_terminal_is_escaped(capsys):
    console = Console()
    console.write(f"{STEERING}\n\tend\n")
    console.complain(STEERING.replace("\r", ""))
    with console.stage(STEERING.replace("\r", "")):
        pass
    out, err = capsys.readouterr()
    assert out == f"{SHOWN}\n\tend\n"
    assert err == f"{SHOWN}\n".replace("\\r", "") * 2


def test_what_a_terminal_has_no_letters_for_is_escaped(monkeypatch):
    stdout = io.TextIOWrapper(io.BytesIO(), "ascii")
    monkeypatch.setattr(sys, "stdout", stdout)
    Console().write("Zo\u00eb\n")
    assert stdout.buffer.getvalue() == b"Zo\\xeb\n"
