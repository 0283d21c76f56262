"""Views of networks of PyTorch, beside differences, dense algebra and LogisticRegression."""

import copy
import pickle
from functools import cache

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_softunlearn._torch import _head, _jacobian
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.torch import TorchClassifier
from sk_softunlearn.views import LogisticView, TorchHeadView, TorchView, read_view, view_type
from tests.oracles import dense_bend, numerical_gradient
from tests.torch.networks import MLP, ConvNet, Reader, images, nn, table, tokens, torch

DECAY = 0.01
CASES = {
    "table": (MLP, table, {}, 2),
    "table, two logits": (MLP, table, {"n_outputs": 2}, 2),
    "table, three classes": (MLP, table, {}, 3),
    "images": (ConvNet, images, {}, 2),
    "images, three classes": (ConvNet, images, {}, 3),
    "tokens": (Reader, tokens, {}, 2),
}
EVERY = pytest.mark.parametrize("name", CASES)


@cache
def fitted(name):
    network, data, params, n_classes = CASES[name]
    X, y, weight = data(n_classes=n_classes)
    clf = TorchClassifier(
        network,
        {"double": True} | params,
        epochs=4,
        lr=0.02,
        weight_decay=DECAY,
        batch_size=64,
        random_state=0,
    )
    return clf.fit(X, y, weight), X, y, weight


def view(name, layers):
    return read_view(*fitted(name), layers=layers)


def logits_of(clf, X):
    """The logits of the trained network, by PyTorch alone."""
    with torch.no_grad():
        whole = not np.issubdtype(X.dtype, np.floating)
        return clf.module_(torch.tensor(X, dtype=torch.int64 if whole else None)).numpy()


@EVERY
@pytest.mark.parametrize("layers", ["last", "all"])
def test_reads_and_writes_without_a_trace(name, layers):
    clf, X, _, _ = fitted(name)
    before = pickle.dumps(clf)
    seen = view(name, layers)
    np.testing.assert_allclose(seen.raw_prediction, logits_of(clf, X), atol=1e-12)
    same, moved = seen.write(seen.theta), seen.write(seen.theta + 0.1)
    assert type(moved) is TorchClassifier
    assert moved.module_ is not clf.module_
    np.testing.assert_array_equal(same.decision_function(X), clf.decision_function(X))
    np.testing.assert_allclose(
        logits_of(moved, X), seen.at(seen.theta + 0.1).raw_prediction, atol=1e-12
    )
    np.testing.assert_array_equal(seen.moved_to(moved, X, fitted(name)[2]).theta, seen.theta + 0.1)
    assert pickle.dumps(clf) == before


@EVERY
@pytest.mark.parametrize("layers", ["last", "all"])
def test_the_jacobian_is_the_derivative_of_the_logits(name, layers):
    seen = view(name, layers)
    rng = np.random.default_rng(0)
    direction = rng.normal(size=len(seen.theta))
    if layers == "all":
        # No derivative is taken in the state, nor in what an embedding has for padding.
        direction *= seen.packing.moves
    ahead, behind = (seen.at(seen.theta + h * direction).raw_prediction for h in (1e-6, -1e-6))
    expected = (ahead - behind) / 2e-6
    moved = (seen.jacobian @ direction).reshape(expected.shape)
    np.testing.assert_allclose(moved, expected, atol=1e-7 * np.abs(expected).max())
    cotangent = rng.normal(size=expected.shape)
    # The transpose is one in every direction, those that are held included.
    whole = rng.normal(size=len(seen.theta))
    forward = cotangent.reshape(-1) @ (seen.jacobian @ whole)
    np.testing.assert_allclose(forward, seen.pull(cotangent) @ whole, rtol=1e-10)


@EVERY
@pytest.mark.parametrize("block", [None, 1])
def test_the_gram_is_that_of_the_dense_jacobian(name, block, monkeypatch):
    if block:
        monkeypatch.setattr(_jacobian, "BLOCK_BYTES", block)
    seen = view(name, "all")
    seen = seen.replace(inputs=seen.inputs[:15], target=seen.target[:15])
    dense = np.stack([seen.jacobian.T @ unit for unit in np.eye(seen.jacobian.shape[0])])
    dense = dense.reshape(15, -1, len(seen.theta))
    bend = seen.bend(np.random.default_rng(0).normal(size=15))
    expected = np.einsum("nkd,nkm,nme->de", dense, dense_bend(bend), dense)
    np.testing.assert_allclose(seen.jacobian.gram(bend), expected, atol=1e-10)
    np.testing.assert_allclose(seen.jacobian.gram_diagonal(bend), expected.diagonal(), atol=1e-10)


@EVERY
def test_gradients_that_are_held_make_the_products_of_differentiation(name, monkeypatch):
    seen = view(name, "all")
    bend, rng = seen.bend(seen.sample_weight), np.random.default_rng(0)
    direction, cotangent = (rng.normal(size=size) for size in seen.jacobian.shape[::-1])
    entries = 300 * seen.n_outputs * seen.packing.n_moved
    products = []
    for most in (8 * entries, 8 * entries - 1):
        monkeypatch.setattr(_jacobian, "HELD_BYTES", most)
        jacobian = seen.replace().jacobian
        for _ in range(seen.n_outputs + 1):
            last = jacobian @ direction, jacobian.T @ cotangent
        assert ("table" in vars(jacobian)) == (most == 8 * entries)
        products.append((*last, jacobian.gram_diagonal(bend)))
    for one, other in zip(*products, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-10)


@pytest.mark.parametrize("name", ["table, three classes", "images", "tokens"])
def test_the_gradient_is_the_slope_of_what_is_minimised(name):
    clf, X, y, weight = fitted(name)
    seen = view(name, "all")
    there = copy.deepcopy(clf.module_).requires_grad_()
    target = torch.tensor(np.searchsorted(clf.classes_, y))
    x = torch.tensor(X, dtype=torch.int64 if X.dtype.kind == "i" else torch.float64)
    z = there(x)
    binary = nn.functional.binary_cross_entropy_with_logits
    losses = (
        binary(z[:, 0], target.double(), reduction="none")
        if z.shape[1] == 1
        else nn.functional.cross_entropy(z, target, reduction="none")
    )
    s = torch.tensor(weight)
    decay = 0.5 * DECAY * s.sum() * sum((p**2).sum() for p in there.parameters())
    objective = (s * losses).sum() + decay
    assert seen.value(weight) == pytest.approx(float(objective.detach()))
    objective.backward()
    slopes = {
        n: torch.zeros_like(p) if p.grad is None else p.grad for n, p in there.named_parameters()
    }
    moved = seen.packing.n_moved
    np.testing.assert_allclose(seen.gradient(weight)[:moved], seen.packing.pack(slopes), atol=1e-8)
    assert not seen.gradient(weight)[moved:].any()


@pytest.mark.parametrize("name", CASES)
def test_the_head_is_a_regression_on_what_the_last_layer_is_fed(name):
    weight, seen = fitted(name)[-1], view(name, "last")
    two = seen.n_outputs == 2
    rows = np.column_stack([seen.features, np.ones(300)]) if seen.intercept else seen.features
    exact = LogisticRegression(
        C=(2 if two else 1) / (DECAY * weight.sum()), fit_intercept=False, tol=1e-12, max_iter=5000
    ).fit(rows, seen.target, sample_weight=weight)
    head = seen.refitted(weight)
    gradient = head.gradient(weight)
    assert np.abs(gradient).max() < 1e-4
    table = head.theta.reshape(seen.n_outputs, -1)
    found = table[1:] - table[:1] if two else table
    np.testing.assert_allclose(found, exact.coef_, atol=1e-5)
    if two:
        np.testing.assert_allclose(table[0], -table[1])
        return
    # At the same parameters all that a view knows is what the regression's view knows.
    exact.coef_ = seen.theta.reshape(exact.coef_.shape)
    other = LogisticView.read(exact, rows, seen.target, weight)
    bend = seen.bend(weight)
    np.testing.assert_allclose(seen.raw_prediction, other.raw_prediction, atol=1e-8)
    np.testing.assert_allclose(seen.gradient(weight), other.gradient(weight), atol=1e-8)
    np.testing.assert_allclose(seen.jacobian.gram(bend), other.jacobian.gram(bend), atol=1e-8)
    np.testing.assert_allclose(seen.penalty, other.penalty, rtol=1e-12)


def test_the_gradient_of_the_head_is_the_slope_of_its_objective():
    seen = view("images, three classes", "last")
    weight = np.random.default_rng(0).uniform(0.2, 2.0, 300)
    slope = numerical_gradient(lambda theta: seen.at(theta).value(weight), seen.theta)
    np.testing.assert_allclose(seen.gradient(weight), slope, atol=1e-4 * np.abs(slope).max())


@pytest.mark.parametrize("layers", ["last", "all"])
def test_decay_that_is_the_slope_of_nothing_counts_as_0(layers):
    clf, X, y, _ = fitted("table")
    adamw = copy.deepcopy(clf).set_params(optimizer="adamw")
    assert not read_view(adamw, X, y, layers=layers).penalty.any()


def test_what_the_body_says_is_computed_once(monkeypatch):
    monkeypatch.setattr(_head, "SEEN", type(_head.SEEN)())
    computed = []
    compute = _head._compute
    monkeypatch.setattr(_head, "_compute", lambda *args: computed.append(1) or compute(*args))
    clf, X, y, _ = fitted("images")
    first = read_view(clf, X, y)
    head = first.write(first.theta + 1.0)
    again = read_view(head, X, y)
    assert len(computed) == 1
    np.testing.assert_array_equal(again.features, first.features)
    # Other rows, and another body with the same head, are not what was seen.
    first.on(X[:9], y[:9])
    body = copy.deepcopy(clf)
    with torch.no_grad():
        body.module_.norm.running_mean += 1.0
    assert not np.array_equal(read_view(body, X, y).features, first.features)
    assert len(computed) == 3
    monkeypatch.setattr(_head, "MOST_BYTES", 1)
    read_view(clf, X[:8], y[:8])
    assert len(_head.SEEN) == 1


def test_trainable_and_named_parameters_are_all_that_moves():
    clf, X, y, _ = fitted("images")
    frozen = copy.deepcopy(clf)
    frozen.module_.conv.requires_grad_(False)
    names = {
        layers if isinstance(layers, str) else layers[0]: read_view(frozen, X, y, layers=layers)
        for layers in ("all", "trainable", ["norm"], ("head.bias",))
    }
    sizes = {name: seen.packing.n_moved for name, seen in names.items()}
    assert sizes == {"all": 53, "trainable": 13, "norm": 8, "head.bias": 1}
    for seen in names.values():
        moved = seen.write(seen.theta + 0.1).module_.state_dict()
        changed = {
            n for n, t in frozen.module_.state_dict().items() if not torch.equal(t, moved[n])
        }
        chosen = {n for table in seen.packing.tables for n in (table.weight, table.bias) if n}
        assert changed == chosen | {"norm.running_mean", "norm.running_var"}
    with pytest.raises(UnsupportedEstimatorError, match=r"'layers' must name .* got 'nrm'"):
        read_view(frozen, X, y, layers=["nrm"])
    frozen.module_.requires_grad_(False)
    with pytest.raises(UnsupportedEstimatorError, match="'layers' must leave parameters"):
        read_view(frozen, X, y, layers="trainable")


def test_retraining_brings_the_state_along():
    clf, X, y, weight = fitted("images")
    seen = view("images", "all")
    assert np.array_equal(seen.refitted(weight).theta, seen.theta)
    other = np.random.default_rng(0).uniform(0.0, 3.0, 300)
    again = seen.refitted(other)
    expected = TorchClassifier(**clf.get_params()).fit(X, y, other)
    written = seen.write(again.theta)
    np.testing.assert_array_equal(written.decision_function(X), expected.decision_function(X))
    np.testing.assert_allclose(again.raw_prediction, logits_of(expected, X), atol=1e-12)
    assert not np.array_equal(again.theta[-8:], seen.theta[-8:])


def test_retraining_what_training_does_not_leave_alone_is_refused():
    seen = view("table", ["head"])
    with pytest.raises(
        UnsupportedEstimatorError, match=r"retrain, got \['head'\], beside which body"
    ):
        seen.refitted(np.random.default_rng(0).uniform(0.0, 3.0, 300))


def test_fresh_parameters_are_those_of_new_layers():
    seen = view("images", "all")
    theta = seen.fresh(0)
    np.testing.assert_array_equal(theta, seen.fresh(0))
    conv = seen.packing.unpack(theta, torch.zeros(1).double())["conv.weight"]
    torch.manual_seed(np.random.RandomState(0).randint(2**31 - 1))
    fresh = copy.deepcopy(seen.network.module)
    for layer in (fresh.head, fresh.conv):
        layer.reset_parameters()
    assert torch.equal(conv, fresh.conv.weight.detach())


@pytest.mark.parametrize("layers", ["last", "all"])
def test_moved_rows_have_a_larger_loss_and_cross_the_boundary(layers):
    seen = view("images", layers)
    attacked = seen.attacked(0.1, norm="2", n_steps=3)
    before, after = (v.loss.value(v.raw_prediction, v.target) for v in (seen, attacked))
    assert (after >= before - 1e-9).all()
    distance = (attacked.inputs - seen.inputs).reshape(300, -1)
    assert np.linalg.norm(distance, axis=1).max() <= 0.1 + 1e-9
    # The boundary is that of the network linearised at a row, near which it is right.
    z = seen.raw_prediction[:, 0]
    near = np.abs(z) < np.median(np.abs(z))
    crossed = seen.adversarial(1.2).raw_prediction[:, 0]
    assert (crossed * z < 0)[near].all()


def test_tokens_are_not_moved():
    for layers in ("last", "all"):
        with pytest.raises(UnsupportedEstimatorError, match="Whole numbers"):
            view("tokens", layers).attacked(0.1)


def test_behind_a_transformer():
    X, y, _ = table()
    clf = make_pipeline(StandardScaler(), TorchClassifier(MLP, epochs=2, random_state=0)).fit(X, y)
    for layers in ("last", "all"):
        seen = read_view(clf, X, y, layers=layers)
        decision = clf.decision_function(X)
        np.testing.assert_allclose(seen.raw_prediction[:, 0], decision, atol=1e-6)


class Softmax(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(5, 2)

    def forward(self, x):
        return self.layer(x).softmax(1)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(5, 5), nn.Linear(5, 2)
        self.head.weight = nn.Parameter(self.body.weight[:2].detach())
        self.again = nn.Linear(5, 2)
        self.again.weight = self.head.weight

    def forward(self, x):
        return self.head(self.body(x))


@pytest.mark.parametrize("module", [Softmax(), Tied()])
def test_a_last_layer_that_is_none_is_refused(module):
    X, y, _ = table()
    clf = TorchClassifier(module, epochs=1).fit(X, y)
    with pytest.raises(UnsupportedEstimatorError, match="'layers'='last' needs a module"):
        read_view(clf, X, y)


def test_a_network_that_diverged_is_refused():
    clf, X, y, _ = fitted("table")
    diverged = copy.deepcopy(clf)
    with torch.no_grad():
        diverged.module_.head.bias += np.inf
    with pytest.raises(UnsupportedEstimatorError, match=r"finite parameters, got .* 'head.bias'"):
        read_view(diverged, X, y, layers="all")


def test_which_view_serves_which_layers():
    clf = TorchClassifier(MLP)
    assert view_type(clf) is TorchHeadView
    assert {view_type(clf, layers) for layers in ("all", "trainable", ["a"])} == {TorchView}
    with pytest.raises(
        UnsupportedEstimatorError, match="for a LogisticRegression, got 'trainable'"
    ):
        view_type(LogisticRegression(), "trainable")


@pytest.mark.parametrize("module", [MLP(5, 1), nn.Sequential(nn.Linear(5, 1))])
def test_a_bare_module_is_told_of_the_wrapper(module):
    with pytest.raises(UnsupportedEstimatorError, match=r"Wrap it: TorchClassifier\(module\)"):
        view_type(module)
