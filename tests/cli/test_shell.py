"""The program as a process: pipes, signals, closed streams."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

PROGRAM = [sys.executable, "-m", "sk_softunlearn"]


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    rng = np.random.default_rng(0)
    group = rng.choice(["F", "M"], 900)
    score = rng.normal(size=900) + (group == "M")
    frame = pd.DataFrame({"g": group, "score": score, "paid": score + rng.normal(size=900) > 0.5})
    path = tmp_path_factory.mktemp("shell") / "t.csv"
    frame.to_csv(path, index=False)
    return [*PROGRAM, "audit", str(path), "--target", "paid", "--sensitive", "g"]


def test_a_reader_who_leaves(command, tmp_path):
    weights = tmp_path / "w.csv"
    line = " ".join(map(repr, [*command, "--weights", str(weights)]))
    done = subprocess.run(
        ["bash", "-c", f"{line} | true; exit ${{PIPESTATUS[0]}}"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "Broken" not in done.stderr
    assert len(pd.read_csv(weights)) == 900


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_full_disk_is_one_sentence(command, options):
    line = " ".join(map(repr, [*command, *options, "--quiet"]))
    done = subprocess.run(["bash", "-c", f"{line} > /dev/full"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_closed_streams(command, closed):
    line = " ".join(map(repr, command))
    done = subprocess.run(["bash", "-c", f"{line} {closed}"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert ("AuditReport" in done.stdout) == (closed != ">&-")


def test_a_table_from_a_pipe(command):
    path = command[len(PROGRAM) + 1]
    piped = ["/dev/stdin" if part == path else part for part in command]
    with open(path) as file:
        text = file.read()
    done = subprocess.run(piped, input=text, capture_output=True, text=True)
    assert "AuditReport of 180 rows" in done.stdout


@pytest.fixture
def interruptible():
    """What is started from here heeds an interrupt, also where these tests run in the background.

    A shell lets what it starts so ignore interrupts, and what is ignored is inherited.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_is_one_sentence(tmp_path, interruptible):
    # Nobody ever writes to the pipe: the program waits until it is interrupted.
    pipe = tmp_path / "pipe"
    subprocess.run(["mkfifo", pipe], check=True)
    command = [*PROGRAM, "audit", str(pipe), "--target", "y", "--sensitive", "g"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr.readline().startswith("Reading")
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=60)[1] == "Interrupted.\n"
        finally:
            # Leaving the block waits for it.
            process.kill()
    assert process.returncode == 130
