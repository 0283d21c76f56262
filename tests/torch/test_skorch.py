"""Nets of skorch, read like a TorchClassifier."""

import pickle

import numpy as np
import pytest

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.torch import TorchClassifier
from sk_softunlearn.views import read_view, view_type
from tests.torch.networks import MLP, nn, torch, unfair

skorch = pytest.importorskip("skorch", reason="skorch is not installed")

pytestmark = [
    # Of skorch's own making.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:skorch"),
]
DECAY = 0.01


def net(n_outputs=2, kind=skorch.NeuralNetClassifier, **settings):
    torch.manual_seed(0)
    return kind(
        MLP(5, n_outputs, double=True),
        **(
            {
                "criterion": nn.CrossEntropyLoss,
                "optimizer": torch.optim.Adam,
                "optimizer__weight_decay": DECAY,
                "lr": 0.02,
                "max_epochs": 8,
                "train_split": None,
                "verbose": 0,
            }
            | settings
        ),
    )


class Weighted(skorch.NeuralNetClassifier):
    """Whose fit takes weights and passes them by, as far as these tests go."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(X, y)


@pytest.mark.parametrize("layers", ["last", "all"])
def test_a_skorch_net_is_corrected_to_one(layers):
    X, y, group = unfair()
    clf = net().fit(X, y)
    before = pickle.dumps(clf.module_.state_dict())
    soft = SoftUnlearner(clf, delta=0.5, layers=layers)
    soft = soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()
    brought = 1 - soft.after_["demographic_parity"] / soft.before_["demographic_parity"]
    assert brought == pytest.approx(0.5, abs=0.05)
    corrected = soft.unlearned_estimator_
    assert type(corrected) is type(clf)
    rates = [corrected.predict(X[group == g]).mean() for g in (0, 1)]
    assert rates[1] - rates[0] == pytest.approx(soft.after_["demographic_parity"])
    assert pickle.dumps(clf.module_.state_dict()) == before


@pytest.mark.parametrize("layers", ["last", "all"])
def test_it_is_read_as_the_wrapper_is(layers):
    X, y, _ = unfair()
    clf = net().fit(X, y)
    wrapper = TorchClassifier(clf.module_, weight_decay=DECAY).adopt([0, 1])
    views = [read_view(each, X, y, layers=layers) for each in (clf, wrapper)]
    for name in ("theta", "penalty", "raw_prediction", "slope"):
        np.testing.assert_array_equal(*(getattr(seen, name) for seen in views))
    np.testing.assert_allclose(
        views[0].loss.probability(views[0].raw_prediction, 1), clf.predict_proba(X)[:, 1]
    )


def test_one_logit():
    X, y, _ = unfair()
    kind = skorch.NeuralNetBinaryClassifier
    target = y.astype(float)
    clf = net(1, kind, criterion=nn.BCEWithLogitsLoss).fit(X, target)
    seen = read_view(clf, X, y)
    assert seen.raw_prediction.shape == (len(X), 1)
    np.testing.assert_array_equal(seen.loss.predict(seen.raw_prediction), clf.predict(X))


def test_decoupled_decay_counts_as_0():
    X, y, _ = unfair()
    clf = net(optimizer=torch.optim.AdamW).fit(X, y)
    assert not read_view(clf, X, y).penalty.any()


def test_weights_that_fit_does_not_take_are_refused_before_the_fit():
    X, y, group = unfair()
    soft = SoftUnlearner(net(), random_state=0)
    with pytest.raises(UnsupportedEstimatorError, match="whose fit takes none"):
        soft.fit(X, y, np.ones(len(X)), sensitive_features=group)
    with pytest.raises(UnsupportedEstimatorError, match="whose fit takes none"):
        read_view(net().fit(X, y), X, y, layers="all").refitted(np.ones(len(X)))
    clf = net(kind=Weighted).fit(X, y)
    seen = read_view(clf, X, y, layers="all")
    assert not np.array_equal(seen.refitted(np.ones(len(X))).theta, seen.theta)


@pytest.mark.parametrize(
    "settings",
    [{"criterion": nn.NLLLoss}, {"criterion__label_smoothing": 0.1}],
)
def test_what_is_no_log_loss_of_logits_is_refused_before_the_fit(settings):
    with pytest.raises(UnsupportedEstimatorError, match="'criterion' of a skorch net must be"):
        view_type(net(**settings))


def test_several_decays_are_refused():
    X, y, _ = unfair()
    clf = net().fit(X, y)
    clf.optimizer_.add_param_group({"params": [torch.zeros(1)], "weight_decay": 0.5})
    with pytest.raises(UnsupportedEstimatorError, match=r"weight decays of 0\.01, 0\.5"):
        read_view(clf, X, y)
