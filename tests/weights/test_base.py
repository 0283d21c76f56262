"""A weighting of one's own, by the protocol alone."""

from dataclasses import replace

import numpy as np
import pytest

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.exceptions import (
    DeltaNotReachedWarning,
    InfeasibleWeightsError,
    SoftUnlearnError,
)
from sk_softunlearn.weights import Subproblem, Terms, Weighting, WeightSolution
from tests.cases import PAPER, step_by_step


class FewRows(Weighting):
    """The smallest changes of a share of the rows, those with most influence on the metric."""

    def __init__(self, share=0.1):
        self.share = share

    def weigh(self, subproblem, terms):
        influence = subproblem.influence
        _, high = terms.interval(subproblem.initial)
        few = np.argsort(-np.abs(influence))[: round(self.share * len(influence))]
        epsilon = subproblem.epsilon.copy()
        chosen = influence[few]
        epsilon[few] += (subproblem.value - high) * chosen / (chosen @ chosen)
        return WeightSolution(terms.clip(epsilon), case="few")


def test_it_is_used_in_one_round(fitted, halves):
    soft = step_by_step(SoftUnlearner(fitted, weighting=FewRows(0.2), delta=0.4, **PAPER), halves)
    assert soft.solution_.case == "few"
    assert np.count_nonzero(soft.epsilon_) == round(0.2 * len(soft.epsilon_))
    predicted = -soft.solution_.predicted["demographic_parity"]
    assert predicted == pytest.approx(0.4 * soft.before_["demographic_parity"])


@pytest.mark.parametrize("delta", [0.4, 0.9])
def test_it_is_used_in_several(fitted, halves, delta):
    soft = SoftUnlearner(fitted, weighting=FewRows(0.5), delta=delta, surrogate="probability")
    soft = step_by_step(soft, halves)
    gone = 1 - soft.after_["demographic_parity"] / soft.before_["demographic_parity"]
    assert gone == pytest.approx(delta, rel=0.002)
    assert len(soft.rounds_) > 1


def test_what_is_asked_comes_from_the_unlearner(fitted, halves):
    asked = []

    class Spy(FewRows):
        def weigh(self, subproblem, terms):
            asked.append(terms)
            return super().weigh(subproblem, terms)

    parameters = {"delta": 0.3, "bounds": (-0.5, 0.5), "max_improvement": 0.7}
    step_by_step(SoftUnlearner(fitted, weighting=Spy(0.5), n_rounds=1, **parameters), halves)
    assert asked == [Terms(delta=0.3, bounds=(-0.5, 0.5), max_improvement=0.7)]


def test_where_there_are_no_weights_less_is_asked_and_then_the_nearest(fitted, halves):
    asked = []

    class Tired(FewRows):
        def weigh(self, subproblem, terms):
            asked.append(terms)
            if terms.on_infeasible == "raise":
                raise InfeasibleWeightsError("no")
            return super().weigh(subproblem, terms)

    soft = SoftUnlearner(fitted, weighting=Tired(0.5), delta=0.8, on_infeasible="relax")
    step_by_step(soft, halves)
    assert [terms.delta for terms in asked[:5]] == pytest.approx([0.8, 0.4, 0.2, 0.1, 0.8])
    assert [terms.on_infeasible for terms in asked[:5]] == ["raise"] * 4 + ["nearest"]


def test_a_later_round_that_is_shortened_is_not_why_delta_is_missed(fitted, halves):
    """Only where the first round cannot go the whole way is that an error."""

    class Later(FewRows):
        def weigh(self, subproblem, terms):
            if subproblem.epsilon.any() and terms.delta == 0.9:
                raise InfeasibleWeightsError("no")
            return super().weigh(subproblem, terms)

    parameters = PAPER | {"n_rounds": 2, "delta": 0.9, "on_infeasible": "raise"}
    soft = SoftUnlearner(fitted, weighting=Later(0.1), **parameters)
    with pytest.warns(DeltaNotReachedWarning, match="'delta'=0.9 .* was asked"):
        step_by_step(soft, halves)
    assert np.count_nonzero(soft.epsilon_) < len(soft.epsilon_)


@pytest.mark.parametrize("delta", [0.2, 0.5])
def test_what_the_first_round_has_reached_is_kept(fitted, halves, delta):
    """A count of which too much has gone is taken back towards the fit, without another round."""

    class Once(FewRows):
        def weigh(self, subproblem, terms):
            if subproblem.epsilon.any():
                raise SoftUnlearnError("no more")
            # More than is asked.
            return super().weigh(subproblem, replace(terms, delta=0.9))

    parameters = PAPER | {"n_rounds": 5, "surrogate": "label", "guards": None, "delta": delta}
    soft = step_by_step(SoftUnlearner(fitted, weighting=Once(0.5), **parameters), halves)
    assert len(soft.rounds_) == 1
    before, after = (v["demographic_parity"] for v in (soft.before_, soft.after_))
    row = 1 / np.bincount(halves[1][2].map({"g0": 0, "g1": 1})).min()
    assert abs(after - (1 - delta) * before) <= 2 * row * (1 + 1e-9)


def test_weights_that_stay_have_gone_the_whole_way(fitted, halves):
    class Constant(Weighting):
        def weigh(self, subproblem, terms):
            return WeightSolution(np.where(np.arange(len(subproblem.influence)) % 2, 0.1, -0.1))

    soft = SoftUnlearner(fitted, weighting=Constant(), **PAPER | {"n_rounds": 3, "guards": None})
    with pytest.warns(DeltaNotReachedWarning):
        step_by_step(soft, halves)
    assert len(soft.rounds_) > 1
    assert set(soft.rounds_["length"]) == {1.0}


def test_bounds_may_be_left_out(fitted, halves):
    (X, y, group), _ = halves
    soft = SoftUnlearner(fitted, weighting=FewRows(0.1), delta=0.9, **PAPER | {"bounds": None})
    soft.fit_influence(X, y, sensitive_features=group).compute_weights()
    assert soft.epsilon_.min() < -1


@pytest.mark.parametrize("n_rounds", [1, 10])
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda n: None, r"'weigh' of Own must return a WeightSolution, got NoneType"),
        (lambda n: np.zeros(n), r"'weigh' of Own must return a WeightSolution, got ndarray"),
        (lambda n: WeightSolution(np.zeros(3)), r"'epsilon' of Own .* got shape \(3,\)\."),
        (lambda n: WeightSolution(np.zeros((n, 1))), r"got shape \(\d+, 1\)\."),
        (lambda n: WeightSolution(np.full(n, np.nan)), r"got shape \(\d+,\) with nan or inf"),
        (lambda n: WeightSolution(None), r"'epsilon' of Own .* got shape \(\)"),
    ],
)
def test_an_answer_that_is_none_is_named(fitted, halves, n_rounds, answer, sentence):
    class Own(Weighting):
        def weigh(self, subproblem, terms):
            return answer(len(subproblem.epsilon))

    with pytest.raises(ValueError, match=sentence):
        step_by_step(SoftUnlearner(fitted, weighting=Own(), n_rounds=n_rounds), halves)


def test_it_may_answer_in_one_array_again_and_again(fitted, halves):
    room = np.empty(len(halves[0][1]))

    class InOneArray(FewRows):
        def weigh(self, subproblem, terms):
            room[:] = super().weigh(subproblem, terms).epsilon
            return WeightSolution(room, case="few")

    asked = {"delta": 0.9, "surrogate": "probability", "bounds": (-0.8, 0.8)}
    soft = step_by_step(SoftUnlearner(fitted, weighting=InOneArray(0.5), **asked), halves)
    other = step_by_step(SoftUnlearner(fitted, weighting=FewRows(0.5), **asked), halves)
    assert len(other.rounds_) > 2
    np.testing.assert_array_equal(soft.epsilon_, other.epsilon_)


@pytest.mark.parametrize("n_rounds", [1, 4])
def test_what_it_changes_in_place_is_its_own(fitted, halves, n_rounds):
    class InPlace(FewRows):
        def weigh(self, subproblem, terms):
            epsilon = subproblem.epsilon
            epsilon += super().weigh(subproblem, terms).epsilon - epsilon
            subproblem.influence[:] = 0.0
            return WeightSolution(epsilon.tolist(), case="few")

    asked = {"delta": 0.4, "n_rounds": n_rounds, "surrogate": "probability"}
    soft = step_by_step(SoftUnlearner(fitted, weighting=InPlace(0.5), **asked), halves)
    other = step_by_step(SoftUnlearner(fitted, weighting=FewRows(0.5), **asked), halves)
    np.testing.assert_array_equal(soft.epsilon_, other.epsilon_)
    np.testing.assert_array_equal(soft.compute_weights().epsilon_, other.epsilon_)
    assert soft.influence_["demographic_parity"].any()


def test_prices_of_guards_alone_are_none_of_the_metric(fitted, halves):
    class Priced(FewRows):
        def weigh(self, subproblem, terms):
            epsilon = super().weigh(subproblem, terms).epsilon
            return WeightSolution(epsilon, costs=dict.fromkeys(subproblem.guards, 1.0))

    asked = {"delta": 0.4, "surrogate": "probability", "guards": ("equal_opportunity",)}
    soft = step_by_step(SoftUnlearner(fitted, weighting=Priced(0.5), **asked), halves)
    gone = 1 - soft.after_["demographic_parity"] / soft.before_["demographic_parity"]
    assert gone == pytest.approx(0.4, rel=0.01)


def test_its_parameters_may_have_the_names_of_what_terms_do(fitted, halves):
    class Clipped(FewRows):
        def __init__(self, share=0.5, clip=None):
            self.share = share
            self.clip = clip

    soft = SoftUnlearner(fitted, weighting=Clipped(clip=0.5), **PAPER)
    assert step_by_step(soft, halves).solution_.case == "few"


def test_if_every_round_goes_too_far_a_part_of_the_way_is_taken(fitted, halves):
    class Fixed(Weighting):
        def weigh(self, subproblem, terms):
            return WeightSolution(terms.clip(far))

    soft = SoftUnlearner(fitted, weighting=Fixed(), delta=0.4, surrogate="label")
    (X, y, group), (X_val, y_val, group_val) = halves
    soft.fit_influence(
        X, y, sensitive_features=group, X_val=X_val, y_val=y_val, sensitive_features_val=group_val
    )
    influence = soft.influence_["demographic_parity"]
    far = 1.5 * soft.before_["demographic_parity"] * influence / (influence @ influence)
    soft.compute_weights().unlearn()
    gone = 1 - soft.after_["demographic_parity"] / soft.before_["demographic_parity"]
    assert gone == pytest.approx(0.4, abs=0.03)
    share = soft.epsilon_ / np.clip(far, -1, None)
    assert np.ptp(share) < 1e-12
    assert 0 < share[0] < 1


def test_a_verb_that_is_missing_is_named(fitted):
    class Nothing:
        pass

    X, y = np.zeros((4, 1)), np.arange(4) % 2
    with pytest.raises(ValueError, match="'weighting' must be one of 'soft', 'hard'"):
        SoftUnlearner(fitted, weighting=Nothing()).fit(X, y, sensitive_features=y)
    with pytest.raises(TypeError, match="abstract"):
        Weighting()


def test_limits_are_guards_and_rivals():
    problem = Subproblem(np.ones(2), 0.1, 0.2, np.zeros(2), {"a": 1}, {"b": 2})
    assert problem.limits == {"a": 1, "b": 2}
