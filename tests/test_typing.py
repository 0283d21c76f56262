"""The estimators hint what their methods take and return; tests/typing is what mypy makes of it."""

from inspect import isfunction, signature
from typing import get_type_hints

import pytest

from sk_softunlearn import SoftUnlearner, SoftUnlearnerCV


def methods_of_the_face():
    """Public methods that the package defines, with the names of their parameters."""
    for kind in (SoftUnlearner, SoftUnlearnerCV):
        for name in dir(kind):
            method = getattr(kind, name)
            ours = (getattr(method, "__module__", None) or "").startswith("sk_softunlearn")
            if ours and isfunction(method) and not name.startswith("_"):
                yield pytest.param(method, id=f"{kind.__name__}.{name}")


@pytest.mark.parametrize("method", list(methods_of_the_face()))
def test_every_parameter_and_result_is_hinted(method):
    parameters = set(signature(method).parameters) - {"self"}
    assert set(get_type_hints(method)) == parameters | {"return"}


def test_the_walk_sees_methods_of_every_file():
    seen = {case.id for case in methods_of_the_face()}
    assert {"SoftUnlearner.fit", "SoftUnlearner.audit", "SoftUnlearnerCV.predict"} <= seen
