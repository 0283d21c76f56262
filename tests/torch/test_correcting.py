"""From a network to a corrected one, whole."""

import copy
import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.corrections import CORRECTIONS, FineTune, Retrain
from sk_softunlearn.curvature import ConjugateGradient, Exact
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.torch import TorchClassifier
from sk_softunlearn.views import read_view
from tests.torch.networks import MLP, ConvNet, torch, unfair

BROUGHT = {"gradient_ascent": 0.05, "ntk": 0.05, "scrub": 0.05}
SLOW = {"newton", "bad_teacher"}


def parts(n=1600):
    X, y, group = unfair(n)
    return [(X[rows], y[rows], group[rows]) for rows in (slice(n // 2), slice(n // 2, None))]


def pictures(X):
    """The same as images, each column a stripe."""
    return np.repeat(np.pad(X, ((0, 0), (0, 1))), 6, axis=1).reshape(-1, 1, 6, 6)


def mlp(**parameters):
    settings = {"epochs": 40, "lr": 0.02, "weight_decay": 1e-3, "batch_size": 400}
    return TorchClassifier(MLP, **({"random_state": 0} | settings | parameters))


def corrected(clf, prepare=lambda X: X, **parameters):
    (X, y, group), (X_val, y_val, group_val) = parts()
    soft = SoftUnlearner(clf, **({"delta": 0.6, "random_state": 0} | parameters))
    soft.fit_influence(
        prepare(X),
        y,
        sensitive_features=group,
        X_val=prepare(X_val),
        y_val=y_val,
        sensitive_features_val=group_val,
    )
    return soft.compute_weights().unlearn()


def share(soft):
    return 1 - soft.after_["demographic_parity"] / soft.before_["demographic_parity"]


def gap(clf, X, group):
    rates = [clf.predict(X[group == g]).mean() for g in (0, 1)]
    return rates[1] - rates[0]


@pytest.mark.parametrize("layers", ["last", "all", "trainable", ["head", "norm"]])
def test_the_gap_of_a_conv_net_closes_as_asked(layers):
    (X, y, _), (X_val, _, group_val) = parts()
    clf = TorchClassifier(ConvNet, epochs=20, lr=0.02, weight_decay=1e-3, random_state=0)
    clf.fit(pictures(X), y)
    before = pickle.dumps(clf)
    soft = corrected(clf, pictures, layers=layers)
    assert share(soft) == pytest.approx(0.6, abs=0.02)
    measured = gap(soft.unlearned_estimator_, pictures(X_val), group_val)
    assert measured == pytest.approx(soft.after_["demographic_parity"])
    assert pickle.dumps(clf) == before
    # Statistics of batch normalisation, which are no parameters, stay.
    old, new = (c.module_.state_dict() for c in (clf, soft.unlearned_estimator_))
    assert torch.equal(old["norm.running_var"], new["norm.running_var"])
    moved = {name for name in old if not torch.equal(old[name], new[name])}
    heads = {"head.weight", "head.bias"}
    assert moved == heads if layers == "last" else moved > heads


@pytest.mark.parametrize(
    ("correction", "layers"),
    [
        *((name, "last") for name in sorted(CORRECTIONS.keys() - {"replay", "bad_teacher"})),
        # What linearises a whole network far away (ntk) brings less, and says so.
        *((name, "all") for name in sorted(CORRECTIONS.keys() - SLOW - {"ntk", "replay"})),
    ],
)
def test_corrections_bring_what_was_asked(correction, layers):
    (X, y, _), _ = parts()
    soft = corrected(mlp().fit(X, y), correction=correction, layers=layers)
    assert share(soft) == pytest.approx(0.6, abs=BROUGHT.get(correction, 0.02))


def test_what_is_for_trees_is_refused():
    (X, y, _), _ = parts()
    for layers in ("last", "all"):
        with pytest.raises(UnsupportedEstimatorError, match="'correction' 'replay' needs"):
            corrected(mlp().fit(X, y), correction="replay", layers=layers)


def test_newton_on_a_settled_head_is_the_head_retrained():
    (X, y, _), _ = parts()
    clf = mlp(weight_decay=0.01).fit(X, y)
    seen = read_view(clf, X, y)
    settled = seen.write(seen.refitted(seen.sample_weight).theta)
    newton, retrained = (corrected(settled, correction=name) for name in ("newton", "retrain"))
    X_val = parts()[1][0]
    np.testing.assert_allclose(
        *(each.predict_proba(X_val) for each in (newton, retrained)), atol=1e-3
    )
    np.testing.assert_allclose(newton.epsilon_, retrained.epsilon_, atol=1e-2)


def test_the_weights_are_those_that_train_a_network_so():
    """With all layers retrained, a fit with the exported weights is the corrected classifier."""
    (X, y, _), (X_val, _, _) = parts()
    clf = mlp().fit(X, y)
    soft = corrected(clf, correction="retrain", layers="all")
    again = mlp().fit(X, y, soft.sample_weight_)
    np.testing.assert_array_equal(again.predict_proba(X_val), soft.predict_proba(X_val))


def test_fit_in_a_pipeline_is_reproducible():
    X, y, group = unfair()
    whole = SoftUnlearner(make_pipeline(StandardScaler(), mlp(random_state=None)), random_state=3)
    ones, others = (whole.fit(X, y, sensitive_features=group).predict_proba(X) for _ in range(2))
    np.testing.assert_array_equal(ones, others)


def test_a_module_that_is_an_object_is_corrected_and_copied():
    (X, y, _), (X_val, _, _) = parts()
    torch.manual_seed(0)
    module = MLP(5, 2)
    soft = corrected(TorchClassifier(module, epochs=20, lr=0.01, random_state=0).fit(X, y))
    assert share(soft) == pytest.approx(0.6, abs=0.02)
    for other in (copy.deepcopy(soft), pickle.loads(pickle.dumps(soft))):
        np.testing.assert_array_equal(other.predict_proba(X_val), soft.predict_proba(X_val))


def test_what_comes_after_the_correction():
    (X, y, _), (X_val, y_val, group_val) = parts()
    clf = TorchClassifier(ConvNet, epochs=20, lr=0.02, random_state=0).fit(pictures(X), y)
    soft = corrected(clf, pictures)
    assert len(soft.explain_rows(5)) == 5
    path = soft.delta_path([0.2, 0.4])
    measured = path["measured_demographic_parity"] / -soft.before_["demographic_parity"]
    assert measured.to_numpy() == pytest.approx([0.2, 0.4], abs=0.03)
    report = soft.audit(pictures(X_val), y_val, sensitive_features=group_val)
    before = gap(clf, pictures(X_val), group_val)
    assert f"{before:.4f} ->" in str(report)


def test_ekfac_is_refused_with_what_to_use():
    (X, y, _), _ = parts()
    with pytest.raises(UnsupportedEstimatorError, match=r"over places\. Use 'auto'"):
        corrected(mlp().fit(X, y), layers="all", curvature="ekfac")


def test_conjugate_gradients_bring_the_same():
    (X, y, _), (X_val, _, _) = parts()
    clf = mlp().fit(X, y)
    exact, products = (
        corrected(clf, layers="all", curvature=curvature).predict_proba(X_val)
        for curvature in ("exact", ConjugateGradient(tol=1e-8))
    )
    np.testing.assert_allclose(products, exact, atol=1e-3)


@pytest.mark.parametrize("layers", ["last", "all"])
def test_a_network_that_stopped_early_is_nothing_to_warn_of(layers):
    (X, y, _), _ = parts()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        corrected(mlp(epochs=10).fit(X, y), layers=layers)


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.DeltaNotReachedWarning")
@pytest.mark.parametrize("n_rounds", [1, 3])
def test_the_whole_network_is_trained_with_the_weights_of_its_last_layer(n_rounds):
    (X, y, _), (X_val, _, group_val) = parts()
    clf = TorchClassifier(ConvNet, epochs=20, lr=0.02, weight_decay=1e-3, random_state=0)
    clf.fit(pictures(X), y)
    before = pickle.dumps(clf)
    soft = corrected(
        clf, pictures, correction=Retrain(layers="all"), n_rounds=n_rounds, on_infeasible="relax"
    )
    expected = clone(clf).fit(pictures(X), y, soft.sample_weight_)
    found = soft.unlearned_estimator_
    # All of it, the statistics of batch normalisation included.
    for name, tensor in expected.module_.state_dict().items():
        assert torch.equal(found.module_.state_dict()[name], tensor)
    assert not torch.equal(found.module_.conv.weight, clf.module_.conv.weight)
    measured = gap(found, pictures(X_val), group_val)
    assert measured == pytest.approx(soft.after_["demographic_parity"])
    assert share(soft) > 0.3
    assert pickle.dumps(clf) == before


def test_a_view_at_another_network_is_that_network_s_on_any_rows():
    (X, y, _), (X_val, y_val, _) = parts()
    seen = read_view(mlp(epochs=5).fit(X, y), X, y)
    there = seen.refitted_whole(seen.sample_weight * np.where(np.arange(len(y)) % 2, 2.0, 0.5))
    network = there.write(there.theta)
    expected = network.decision_function(X_val)
    other = seen.on(X_val, y_val)
    moved = (other.at(there.theta), there.on(X_val, y_val), other.moved_to(network, X_val, y_val))
    for each in moved:
        np.testing.assert_allclose(each.raw_prediction[:, 0], expected, atol=1e-5)
    assert not np.allclose(other.raw_prediction[:, 0], expected, atol=1e-2)
    # Numbers alone are another last layer of the network that the view is of.
    step = np.ones(len(there.theta))
    further = there.at(there.theta + step).raw_prediction - there.raw_prediction
    np.testing.assert_allclose(further, there.jacobian.matvec(step)[:, None])
    with pytest.raises(UnsupportedEstimatorError, match="which other hidden layers do not have"):
        other.adversarial(1.2).at(there.theta)


def trained(module=MLP, double=True, n=800, **parameters):
    """Return the view of all layers of a network, and half the weight for one cell."""
    (X, y, group), _ = parts(2 * n)
    settings = {"epochs": 10, "lr": 0.005, "batch_size": 100, "random_state": 0} | parameters
    clf = TorchClassifier(module, {"double": double}, **settings)
    X = X if module is MLP else pictures(X)
    weight = np.where((group == 1) & (y == 1), 0.5, 1.0)
    return read_view(clf.fit(X, y), X, y, layers="all"), weight


@pytest.mark.parametrize(("optimizer", "most"), [("sgd", 1e-9), ("adam", 1.5)])
@pytest.mark.parametrize("module", [MLP, ConvNet])
def test_epochs_with_the_weights_of_the_fit_leave_it(module, optimizer, most):
    # Far from a minimum, with a decay, and with dropout and statistics of batches in training.
    seen, weight = trained(module, optimizer=optimizer, epochs=2, weight_decay=0.1)
    lr = seen.classifier.lr
    same = seen.trained_on(seen.sample_weight, 3)
    # Adam takes rounding for a slope, until it is a learning rate away.
    assert np.abs(same.theta - seen.theta).max() < most * lr
    other = seen.trained_on(weight, 3).theta
    assert np.abs(other - seen.theta).max() > 1e-3 * lr
    np.testing.assert_array_equal(other[~seen.packing.moves], seen.theta[~seen.packing.moves])
    np.testing.assert_array_equal(other, seen.trained_on(weight, 3).theta)


def test_many_epochs_end_where_the_changed_weights_pull_no_more():
    seen, weight = trained(optimizer="sgd", lr=0.5, batch_size=800)
    left = seen.slope * seen.sample_weight[:, None]
    start, end = (
        v.pull(v.slope * weight[:, None] - left) for v in (seen, seen.trained_on(weight, 400))
    )
    assert np.abs(end).max() < 0.01 * np.abs(start).max()


def test_a_group_of_less_weight_moves_as_retraining_moves_it():
    seen, weight = trained(double=False, epochs=40)
    before, again, on = (
        v.loss.probability(v.raw_prediction, 1)
        for v in (seen, seen.refitted(weight), seen.trained_on(weight, 10))
    )
    expected, found = again - before, on - before
    assert np.corrcoef(found, expected)[0, 1] > 0.9
    assert found @ expected / (expected @ expected) == pytest.approx(1.0, abs=0.25)


def test_epochs_bring_what_was_asked():
    (X, y, _), _ = parts()
    for layers in ("all", ["head"]):
        clf = mlp(batch_size=100).fit(X, y)
        soft = corrected(clf, correction=FineTune(n_epochs=20), layers=layers)
        assert share(soft) == pytest.approx(0.6, abs=0.1)
        body = [c.module_.body[0].weight for c in (clf, soft.unlearned_estimator_)]
        assert torch.equal(*body) == (layers != "all")


def test_epochs_of_what_is_not_trained_in_them_are_refused():
    (X, y, _), _ = parts()
    seen = read_view(mlp().fit(X, y), X, y)
    inverse = Exact().invert(seen, seen.sample_weight)
    with pytest.raises(UnsupportedEstimatorError, match="'n_epochs' of FineTune needs"):
        FineTune(n_epochs=2).correct(seen, np.full(len(y), -0.5), Exact(), inverse)
