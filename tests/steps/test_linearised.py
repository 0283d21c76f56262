"""What is known of further weight changes, against what each part says alone."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._steps import _utility
from sk_softunlearn._steps._linearised import linearise
from sk_softunlearn._steps._utility_term import SweptUtilityTerm, UtilityTerm
from sk_softunlearn._steps._weighed import Iterate
from sk_softunlearn.views import LinearJacobian
from sk_softunlearn.weights import LowRank

TERMS = {"swept": SweptUtilityTerm, "by products": UtilityTerm, "projected": LowRank}


@pytest.fixture(params=TERMS)
def parts(request, monkeypatch):
    """A run, its request, and an iterate with other weights; some are as they were."""
    if request.param == "by products":
        monkeypatch.delattr(LinearJacobian, "through")
    if request.param == "projected":
        monkeypatch.setattr(_utility, "MOST_BYTES", 0)
    rng = np.random.default_rng(0)
    group = rng.integers(3, size=400)
    X = rng.normal(size=(400, 3)) + 0.5 * group[:, None]
    y = (X.sum(axis=1) + rng.logistic(size=400) > 1).astype(int)
    soft = SoftUnlearner(
        LogisticRegression(tol=1e-8).fit(X, y), guards="equal_opportunity", objective="utility"
    )
    run = soft.fit_influence(X, y, sensitive_features=group)._run
    epsilon = rng.uniform(-0.5, 0.5, size=400)
    epsilon[::7] = 0.0
    theta = run.correct(run.request, epsilon)
    return run, Iterate(epsilon, theta, run.panel.look(theta))


def test_together_they_are_what_each_is_alone(parts, request):
    run, here = parts
    rivalled = (run.metric,)
    found = linearise(run, run.request, run.utility, here, rivalled, [run.start.look])
    term = found.gain["quadratic"]
    assert type(term) is TERMS[request.node.callspec.params["parts"]]
    weight = run.view.sample_weight * (1.0 + here.epsilon)
    there = run.view.at(here.theta)
    inverse = run.curvature.invert(there, weight)
    gradients, rivals, _ = run.panel.slopes(
        here.theta, tuple(run.influence), rivalled, [run.start.look]
    )
    expected = there.respond(gradients | {"u": run.utility.gradient(here.theta)}, inverse)
    for name, scores in found.influence.items():
        np.testing.assert_allclose(scores, expected[name], rtol=1e-8, atol=1e-12)
    assert len(found.rivals) == len(rivals) > 0
    for (value, slope), (known, scores) in zip(rivals.values(), found.rivals.values(), strict=True):
        assert known == value
        alone = there.respond({"r": slope}, inverse)["r"]
        np.testing.assert_allclose(scores, alone, rtol=1e-8, atol=1e-12)
    R = term.matmat(np.eye(term.shape[1]))
    reward = expected["u"] + R.T @ (R @ here.epsilon)
    scale = np.abs(reward).max()
    np.testing.assert_allclose(found.gain["reward"], reward, atol=1e-8 * scale)


def test_without_the_utility_nothing_is_gained(parts):
    run, here = parts
    found = linearise(run, run.request, None, here, (), [])
    assert found.gain == {}
    assert found.rivals == {}
    # At the fit nothing is asked for again.
    first = linearise(run, run.request, None, run.start, (), [])
    assert all(first.influence[name] is scores for name, scores in run.influence.items())


def test_a_metric_may_be_called_as_what_is_asked_for_beside_it():
    def training(raw):
        return float(np.mean(1 / (1 + np.exp(-raw))))

    def share(raw):
        return training(raw)

    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    y = (X.sum(axis=1) + rng.logistic(size=200) > 0).astype(int)
    model = LogisticRegression(tol=1e-8).fit(X, y)
    found = []
    for metric in (training, share):
        soft = SoftUnlearner(model, metric, delta=0.1, objective="utility").fit_influence(X, y)
        found.append(soft.compute_weights().epsilon_)
    np.testing.assert_array_equal(*found)
