import numpy as np
import pandas as pd
import polars as pl
import pytest

from sk_softunlearn._rows import check_known_labels, read_labels


@pytest.mark.parametrize("suffix", ["", "_val"])
@pytest.mark.parametrize(
    "y",
    [
        [0, "yes", 0],
        (True, "yes", True),
        np.array([0, "yes", 0], dtype=object),
        np.array([[0.5], ["yes"], [0.5]], dtype=object),
        pd.Series([0, "yes", 0]),
        pd.Series([0, "yes", 0], dtype="category"),
    ],
)
def test_strings_beside_other_labels_are_refused(y, suffix):
    with pytest.raises(ValueError, match=f"'y{suffix}' must hold labels of one type, got 'yes'"):
        read_labels(y, suffix)


@pytest.mark.parametrize(
    "y",
    [
        ["no", None, "yes"],
        [0, np.nan, 1],
        np.array([0, None, 1], dtype=object),
        pd.Series(["no", None, "yes"]),
        pd.Series(["no", np.nan, "yes"], dtype=object),
        pd.Series([0, pd.NA, 1], dtype="Int64"),
        pd.Series(["no", None, "yes"], dtype="category"),
        pl.Series(["no", None, "yes"]),
    ],
)
def test_rows_without_a_label_are_refused(y):
    with pytest.raises(ValueError, match=r"'y' must have a label in every row.* in row 1\."):
        read_labels(y)


@pytest.mark.parametrize(
    ("y", "labels"),
    [
        (["no", "yes"], ["no", "yes"]),
        (np.array([0, 1.5, True], dtype=object), [0, 1.5, True]),
        (np.array(["no", np.str_("yes")], dtype=object), ["no", "yes"]),
        (pd.Series([3, 1], dtype="Int64"), [3, 1]),
        (pl.Series(["no", "yes"]), ["no", "yes"]),
        ([], []),
    ],
)
def test_labels_of_one_type_are_read(y, labels):
    assert read_labels(y).tolist() == labels


def test_no_labels_at_all_are_refused_by_name():
    with pytest.raises(ValueError, match="'y_val' must hold one label per row of 'X_val'"):
        read_labels(None, "_val")


@pytest.mark.parametrize(
    ("y", "known", "unknown"),
    [
        (np.array([0, 7, 1, 7, 5]), np.array([1, 0, 1]), [5, 7]),
        (np.array(["0", "1"]), np.array([0, 1]), ["0", "1"]),
        (np.array([0, 1]), np.array(["0", "1"]), [0, 1]),
        (np.array(["no", "maybe"], dtype=object), np.array(["no", "yes"]), ["maybe"]),
    ],
)
def test_unknown_labels_are_named(y, known, unknown):
    with pytest.raises(ValueError, match=r"'y_val' must hold labels .* got ") as raised:
        check_known_labels(y, known, "_val")
    assert f"got {unknown}" in str(raised.value)


def test_known_labels_may_come_in_another_type():
    check_known_labels(np.array([1.0, 0.0]), np.array([0, 1]))
    check_known_labels(np.array([True, False]), np.array([0, 1]))
    check_known_labels(np.array(["no"], dtype=object), np.array(["no", "yes"]))
