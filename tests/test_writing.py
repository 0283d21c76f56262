"""Files are written whole or not at all."""

import errno
import os
import stat
import subprocess
import sys
import threading

import pytest

from sk_softunlearn._writing import writing


def write(path, content=b"new"):
    with writing(path) as file:
        file.write(content)


@pytest.mark.parametrize("name", ["w.csv", "n" * 255])
def test_the_file_is_there_and_nothing_beside_it(tmp_path, name):
    for content in (b"first", b"second, longer", b"3"):
        write(tmp_path / name, content)
        assert (tmp_path / name).read_bytes() == content
        assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("error", [ValueError, MemoryError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("old", [b"old", None])
def test_what_stops_halfway_leaves_what_was_there(tmp_path, old, error):
    path = tmp_path / "w.csv"
    if old is not None:
        path.write_bytes(old)

    def stop():
        with writing(path) as file:
            file.write(b"half of the n")
            raise error

    with pytest.raises(error):
        stop()
    assert os.listdir(tmp_path) == ([] if old is None else ["w.csv"])
    assert old is None or path.read_bytes() == old


def test_a_reader_sees_the_old_file_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "w.csv"
    path.write_bytes(b"old")
    with writing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of a file")
def test_a_limit_on_the_size_leaves_the_old_file(tmp_path):
    path = tmp_path / "w.csv"
    path.write_bytes(b"old")
    program = (
        "import resource, sys; from sk_softunlearn._writing import writing\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try:\n"
        "    with writing(sys.argv[1]) as file: file.write(bytes(9000))\n"
        "except OSError as error: sys.exit(f'{error.errno} {error.filename}')\n"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True)
    assert done.stderr == f"{errno.EFBIG} {path}\n"
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["w.csv"]


def test_a_full_disk_is_told_with_the_name_that_was_given(tmp_path):
    if not os.path.exists("/dev/full"):
        pytest.skip("needs a device that is always full")
    path = tmp_path / "w.csv"
    path.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as caught:
        write(path, bytes(100_000))
    assert caught.value.filename == str(path)


def test_permissions_are_those_of_the_old_file_or_of_any_new_one(tmp_path):
    path, plain = tmp_path / "w.csv", tmp_path / "plain"
    write(path)
    plain.write_bytes(b"")
    assert path.stat().st_mode == plain.stat().st_mode
    path.chmod(0o640)
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_protected_file_is_not_replaced(tmp_path):
    path = tmp_path / "w.csv"
    path.write_bytes(b"old")
    path.chmod(0o400)
    with pytest.raises(PermissionError):
        write(path)
    assert path.read_bytes() == b"old"


def test_a_link_stays_one(tmp_path):
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "w.csv", tmp_path / "link.csv"
    link.symlink_to(target)
    for content in (b"one", b"two"):
        write(link, content)
        assert link.is_symlink()
        assert target.read_bytes() == content


def test_a_pipe_stays_one(tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write(pipe)
    reader.join()
    assert read == [b"new"]
    assert pipe.is_fifo()


@pytest.mark.parametrize("name", ["", "no/such/folder.csv"])
def test_where_nothing_can_be_written(tmp_path, name):
    with pytest.raises(OSError, match=str(tmp_path)):
        write(tmp_path / name)
    assert os.listdir(tmp_path) == []
