"""Public methods and functions hint what they take and return; mypy checks tests/typing."""

from inspect import isfunction, signature
from typing import get_type_hints

import pytest

from sk_softunlearn import SoftUnlearner, SoftUnlearnerCV
from sk_softunlearn.audit import AuditReport
from sk_softunlearn.torch import TorchClassifier
from sk_softunlearn.views import fit_head, read_rows


def methods_of_the_face():
    """Public methods that the package defines, with the names of their parameters."""
    for kind in (SoftUnlearner, SoftUnlearnerCV, TorchClassifier):
        for name in dir(kind):
            method = getattr(kind, name)
            ours = (getattr(method, "__module__", None) or "").startswith("sk_softunlearn")
            if ours and isfunction(method) and not name.startswith("_"):
                yield pytest.param(method, id=f"{kind.__name__}.{name}")


HINTED = [*methods_of_the_face(), fit_head, read_rows, AuditReport.to_model_card]


@pytest.mark.parametrize("method", HINTED)
def test_every_parameter_and_result_is_hinted(method):
    parameters = set(signature(method).parameters) - {"self"}
    assert set(get_type_hints(method)) == parameters | {"return"}


def test_the_walk_sees_methods_of_every_file():
    seen = {case.id for case in methods_of_the_face()}
    assert {"SoftUnlearner.fit", "SoftUnlearner.audit", "SoftUnlearnerCV.predict"} <= seen
    assert {"TorchClassifier.adopt", "TorchClassifier.predict_proba"} <= seen
