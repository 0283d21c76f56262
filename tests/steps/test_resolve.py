"""Names and objects alike."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from sk_softunlearn._steps._resolve import resolve
from sk_softunlearn.corrections import CORRECTIONS, Correction, Newton
from sk_softunlearn.curvature import CURVATURES, ConjugateGradient, Curvature, Exact
from sk_softunlearn.curvature._auto import Auto
from sk_softunlearn.objectives import (
    OBJECTIVES,
    DemographicParity,
    IndividualFairness,
    Objective,
    Robustness,
)
from sk_softunlearn.weights import HardWeights, Weighting


def test_names_become_instances_and_objects_stay():
    assert isinstance(resolve("newton", "correction", CORRECTIONS, Correction), Newton)
    newton = Newton(max_iter=3)
    assert resolve(newton, "correction", CORRECTIONS, Correction) is newton


@pytest.mark.parametrize("value", ["forget", None, 3, Newton, object()])
def test_anything_else_is_answered_with_the_choices(value):
    with pytest.raises(
        ValueError, match="'correction' must be one of 'auto', 'influence', 'newton'"
    ):
        resolve(value, "correction", CORRECTIONS, Correction)


class Alike:
    """It has the method, and nothing else that the stages rely on."""

    def correct(self, view, epsilon, curvature, inverse, start=None):
        return view.theta


def test_what_has_the_method_alone_is_answered_with_the_base():
    with pytest.raises(ValueError, match="or an instance of a subclass of Correction, got"):
        resolve(Alike(), "correction", CORRECTIONS, Correction)


def test_a_weighting_is_known_by_its_base():
    weighting = HardWeights(0.3)
    assert resolve(weighting, "weighting", {}, Weighting) is weighting
    for value in (HardWeights, Alike()):
        with pytest.raises(ValueError, match="or an instance of a subclass of Weighting, got"):
            resolve(value, "weighting", {}, Weighting)


WRONG = [
    *(Robustness(overshoot=value) for value in (0, -1, np.nan, np.inf, "a")),
    *(Robustness(attack=value) for value in ("l2", 2, np.inf, None)),
    *(Robustness(radius=value) for value in (-1, np.nan, "a")),
    *(Robustness(n_steps=value) for value in (0, -1, 1.5, "a")),
    *(IndividualFairness(n_neighbors=value) for value in (0, -1, 1.5, "a")),
    IndividualFairness(twins="sex"),
    DemographicParity(per_class="yes"),
    *(Exact(damping=value) for value in (-1, np.nan, "some")),
    *(ConjugateGradient(tol=value) for value in (-1, 0, "a")),
    *(ConjugateGradient(max_iter=value) for value in (0, 1.5)),
    Exact(max_bytes=-1),
    Auto(max_products="many"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_parameters_of_objects_are_checked_and_named(wrong):
    ((parameter, value),) = [
        (name, value)
        for name, value in wrong.get_params().items()
        if value is not type(wrong)().get_params()[name]
    ]
    objective = hasattr(wrong, "bind")
    named, base = (OBJECTIVES, Objective) if objective else (CURVATURES, Curvature)
    sentence = f"The '{parameter}' parameter of {type(wrong).__name__} must be .* Got {value!r} ins"
    with pytest.raises(ValueError, match=sentence):
        resolve(wrong, "metric" if objective else "curvature", named, base)


@pytest.mark.parametrize("named", [OBJECTIVES, CURVATURES], ids=["objectives", "curvatures"])
def test_defaults_are_what_they_must_be(named):
    for known in named.values():
        resolve(known(), "any", named, BaseEstimator)
