"""TorchClassifier is a scikit-learn classifier, and what it trains is what it says."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.torch import TorchClassifier
from tests.cases import scikit_learn_checks
from tests.torch.networks import MLP, ConvNet, Reader, images, nn, table, tokens, torch


def trained(**parameters):
    X, y, weight = table()
    settings = {"epochs": 5, "lr": 0.02, "random_state": 0} | parameters
    return TorchClassifier(MLP, **settings).fit(X, y, weight), X, y, weight


@scikit_learn_checks(
    [
        TorchClassifier(
            MLP, {"hidden": 16, "double": True}, epochs=60, lr=0.05, batch_size=32, random_state=0
        )
    ]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_linear_network_is_a_logistic_regression(n_classes):
    X, y, weight = table(n_classes=n_classes)
    decay = 0.02
    linear = nn.Linear(5, n_classes, bias=False).double()
    clf = TorchClassifier(
        linear, optimizer="sgd", lr=0.2, weight_decay=decay, epochs=400, batch_size=300
    ).fit(X, y, weight)
    # The decay of the mean loss is, in sum form, that times the total weight.
    strength = decay * weight.sum() / (2 if n_classes == 2 else 1)
    exact = LogisticRegression(C=1 / strength, fit_intercept=False, tol=1e-10)
    exact.fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(clf.predict_proba(X), exact.predict_proba(X), atol=1e-5)
    np.testing.assert_allclose(clf.decision_function(X), exact.decision_function(X), atol=1e-4)
    np.testing.assert_array_equal(clf.predict(X), exact.predict(X))


def test_rows_of_weight_0_are_not_there():
    X, y, weight = table()
    weight = np.where(np.arange(300) < 100, 0.0, weight)
    settings = {"epochs": 3, "random_state": 0}
    whole = TorchClassifier(MLP, **settings).fit(X, y, weight)
    part = TorchClassifier(MLP, **settings).fit(X[100:], y[100:], weight[100:])
    np.testing.assert_array_equal(whole.predict_proba(X), part.predict_proba(X))


def test_a_seed_makes_the_fit_and_leaves_the_generator_alone():
    before = torch.random.get_rng_state()
    first, X, y, weight = trained()
    again = clone(first).fit(X, y, weight)
    other = clone(first).set_params(random_state=1).fit(X, y, weight)
    np.testing.assert_array_equal(first.predict_proba(X), again.predict_proba(X))
    assert not np.array_equal(first.predict_proba(X), other.predict_proba(X))
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_module_is_copied_and_what_is_frozen_stays():
    module = MLP(5, 1)
    module.body.requires_grad_(False)
    before = {name: t.clone() for name, t in module.state_dict().items()}
    X, y, _ = table()
    clf = TorchClassifier(module, epochs=2, weight_decay=0.1).fit(X, y)
    after = clf.module_.state_dict()
    assert all(torch.equal(t, before[name]) for name, t in module.state_dict().items())
    assert torch.equal(after["body.0.weight"], before["body.0.weight"])
    assert not torch.equal(after["head.weight"], before["head.weight"])


@pytest.mark.parametrize(("network", "data"), [(ConvNet, images), (Reader, tokens)])
def test_images_and_tokens(network, data):
    X, y, weight = data()
    clf = TorchClassifier(network, lr=0.02, epochs=30, random_state=0).fit(X, y, weight)
    assert clf.score(X, y) > 0.7
    small = clone(clf).set_params(batch_size=7)
    small.classes_, small.module_ = clf.classes_, clf.module_
    np.testing.assert_allclose(small.predict_proba(X), clf.predict_proba(X), atol=1e-6)
    np.testing.assert_allclose(np.exp(clf.predict_log_proba(X)), clf.predict_proba(X), atol=1e-12)


def test_pickled_it_predicts_the_same():
    clf, X, *_ = trained()
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(clf)).predict_proba(X), clf.predict_proba(X)
    )


def test_parameters_go_out_and_come_in():
    clf, X, y, weight = trained()
    state = clf.state_dict()
    other = clone(clf).set_params(random_state=5).fit(X, y, weight)
    given = other.module_
    assert other.load_state_dict(state).module_ is not given
    np.testing.assert_array_equal(other.predict_proba(X), clf.predict_proba(X))
    state["head.bias"] += 1.0
    np.testing.assert_array_equal(other.predict_proba(X), clf.predict_proba(X))


def test_a_network_that_was_trained_elsewhere_is_adopted():
    clf, X, *_ = trained()
    adopted = TorchClassifier(clf.module_.train()).adopt(["no", "yes"])
    np.testing.assert_array_equal(adopted.predict_proba(X), clf.predict_proba(X))
    assert adopted.module_ is not clf.module_
    with pytest.raises(NotFittedError):
        TorchClassifier(clf.module_).predict(X)


def test_progress_is_told_of_every_epoch():
    told = []
    trained(progress=lambda *message: told.append(message))
    assert [message[:2] for message in told] == [(k, 5) for k in range(1, 6)]
    losses = [loss for *_, loss in told]
    assert losses[-1] < losses[0]


def test_the_last_step_has_two_rows_where_normalisation_needs_them():
    X, y, _ = images()
    TorchClassifier(ConvNet, epochs=1, batch_size=13).fit(X[:27], y[:27])


@pytest.mark.parametrize("schedule", ["constant", "one_cycle"])
@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_every_optimizer_lowers_the_loss(optimizer, schedule):
    losses = []
    trained(
        optimizer=optimizer,
        schedule=schedule,
        weight_decay=1e-3,
        progress=lambda *message: losses.append(message[-1]),
    )
    assert losses[-1] < losses[0]


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"module": nn.Linear(5, 3)}, "'module' must return one logit per class, .* got 3 for"),
        ({"module": lambda: 3}, "'module' must be an nn.Module, .* returns a int"),
        ({"module": "net"}, "'module' parameter of TorchClassifier must be a callable"),
        ({"optimizer": "lbfgs"}, "'optimizer' parameter"),
    ],
)
def test_what_a_parameter_must_be_is_said(parameters, sentence):
    X, y, _ = table()
    with pytest.raises(ValueError, match=sentence):
        TorchClassifier(**({"module": MLP} | parameters)).fit(X, y)


@pytest.mark.parametrize("weight", [-1.0, 0.0])
def test_weights_that_cannot_be_are_refused(weight):
    X, y, _ = table()
    with pytest.raises(ValueError, match=r"'sample_weight' must be at least 0|non-zero"):
        TorchClassifier(MLP).fit(X, y, np.full(300, weight))


def test_a_module_that_returns_no_logits_is_refused():
    X, y, _ = table()
    layer = nn.LSTM(5, 1)
    with pytest.raises(
        UnsupportedEstimatorError, match=r"must return logits of shape .* got tuple"
    ):
        TorchClassifier(layer).fit(X, y)
