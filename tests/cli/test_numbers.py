"""Numbers as people write them."""

import pytest

from sk_softunlearn._cli._numbers import are_plain, may_be_thousands, readings, seems_number


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("1.5", 1.5, None),
        ("1,5", None, 1.5),
        ("1,234", 1234, 1.234),
        ("1.234", 1.234, 1234),
        # Thousands do not begin with a zero.
        ("0,123", None, 0.123),
        ("1,234.5", 1234.5, None),
        ("1.234,5", None, 1234.5),
        ("1.234.567", None, 1234567),
        ("12,34,567.5", 1234567.5, None),
        ("1 234,5", None, 1234.5),
        ("1\u202f234", 1234, 1234),
        ("1'234.50", 1234.5, None),
        ("$1,200.99", 1200.99, None),
        ("-$5", -5, -5),
        ("\u20ac -5", -5, -5),
        ("5,25 \u20ac", None, 5.25),
        ("12 %", 12, 12),
        ("(1,200.00)", -1200, None),
        ("1.200,00-", None, -1200),
        ("\u22125", -5, -5),
        ("+5", 5, 5),
        ("CHF 200.-", 200, None),
        ("1,5e-05", None, 1.5e-05),
        ("1e5", 1e5, 1e5),
    ],
)
def test_what_a_number_is_with_either_mark(text, point, comma):
    found = {mark: float(number) for mark, (number,) in readings([text]).items()}
    expected = {".": point, ",": comma}
    assert found == {mark: number for mark, number in expected.items() if number is not None}
    assert seems_number(text)


@pytest.mark.parametrize("text", ["", "-", "abc", "e5", "1-2", "<=50", "3 rooms", "--5x"])
def test_what_is_no_number(text):
    assert readings([text]) == {}
    assert not seems_number(text)


@pytest.mark.parametrize("text", ["1.2.3", "555 1234", "192.168.0.1", "1,2,3", "02.01.2020"])
def test_what_looks_like_a_number_and_is_none(text):
    assert readings([text]) == {}
    assert seems_number(text)


@pytest.mark.parametrize(
    ("texts", "marks"),
    [
        (["1,234", "0,5"], {","}),
        (["1,234", "1,234,567"], {"."}),
        (["1.5", "2,5"], set()),
        (["5", "$5", "$1,000.00"], {"."}),
        (["$5.5", "\u20ac5.5"], set()),
        (["5%", "7 %"], {".", ","}),
        (["5%", "5"], set()),
        ([], set()),
    ],
)
def test_all_cells_of_a_column_are_written_in_one_way(texts, marks):
    assert set(readings(texts)) == marks


def test_points_between_thousands():
    assert may_be_thousands(["1.234", "12", "-999.000.000"])
    assert not may_be_thousands(["1.234", "1.5"])
    assert not may_be_thousands(["1.234", "0.500"])
    assert not may_be_thousands(["1", "2"])


def test_plain_numbers():
    assert are_plain(["1", "-1.5", "1e-5", ".5"])
    assert not are_plain(["1", "1,5"])
