"""Names and objects alike."""

import pytest

from sk_softunlearn._resolve import resolve
from sk_softunlearn.corrections import CORRECTIONS, Newton


def test_names_become_instances_and_objects_stay():
    assert isinstance(resolve("newton", "correction", CORRECTIONS, "correct"), Newton)
    newton = Newton(max_iter=3)
    assert resolve(newton, "correction", CORRECTIONS, "correct") is newton


@pytest.mark.parametrize("value", ["forget", None, 3, Newton, object()])
def test_anything_else_is_answered_with_the_choices(value):
    with pytest.raises(ValueError, match="'correction' must be one of 'influence', 'newton'"):
        resolve(value, "correction", CORRECTIONS, "correct")
