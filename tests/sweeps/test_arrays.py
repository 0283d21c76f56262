"""Arrays of other libraries: read where numpy can, else refused in one sentence."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_softunlearn import SoftUnlearner, SoftUnlearnerCV
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from tests.elsewhere import assert_same, corrected

RNG = np.random.default_rng(0)
GROUPS = RNG.integers(2, size=600)
X = RNG.normal(size=(600, 3)) + GROUPS[:, None] * [1.0, 0.0, 0.0]
Y = (X.sum(axis=1) + RNG.logistic(size=600) > 0.5).astype(int)
FITTED = LogisticRegression().fit(X, Y)


def tensors(values):
    return pytest.importorskip("torch").as_tensor(values)


def strict(values):
    return pytest.importorskip("array_api_strict").asarray(values)


class OnDevice:
    """As an array of CuPy: numpy is not to read it."""

    __module__ = "cupy"

    def __init__(self, values):
        self.values = values
        self.shape, self.ndim, self.dtype = values.shape, values.ndim, values.dtype

    def __len__(self):
        return len(self.values)

    def __array_namespace__(self, **_):
        raise NotImplementedError

    def __array__(self, *_, **__):
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")


def with_gradient(values):
    torch = pytest.importorskip("torch")
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("made", [tensors, strict])
def test_what_numpy_reads_gives_what_numpy_gives(made):
    one = corrected(SoftUnlearner(FITTED, delta=0.3), X, Y, GROUPS)
    other = corrected(SoftUnlearner(FITTED, delta=0.3), made(X), made(Y), made(GROUPS))
    assert_same(one, other)
    np.testing.assert_array_equal(other.predict_proba(made(X)), one.predict_proba(X))
    shown = other.audit(made(X), made(Y), sensitive_features={"sex": made(GROUPS)})
    expected = one.audit(X, Y, sensitive_features={"sex": GROUPS})
    assert shown.frame().equals(expected.frame())
    assert other.explain_rows(3).equals(one.explain_rows(3))


@pytest.mark.parametrize("made", [tensors, strict])
def test_fits_and_searches_take_them(made):
    soft = SoftUnlearner(make_pipeline(StandardScaler(), LogisticRegression()), random_state=0)
    one = soft.fit(X, Y, sensitive_features=GROUPS).epsilon_
    other = soft.fit(made(X), made(Y), made(np.ones(600)), sensitive_features=made(GROUPS))
    np.testing.assert_allclose(other.epsilon_, one, atol=1e-10)
    search = SoftUnlearnerCV(soft.set_params(min_group_rows=1), deltas=[0.2, 0.4], cv=2)
    chosen = [
        search.fit(each(X), each(Y), sensitive_features=each(GROUPS)).delta_
        for each in (np.asarray, made)
    ]
    assert chosen[0] == chosen[1]


@pytest.mark.parametrize(
    ("made", "advice"),
    [
        (OnDevice, r"got a cupy.OnDevice that it cannot. Pass {}.get\(\)\.$"),
        (with_gradient, r"got a torch.Tensor .* Pass np.asarray\({}.detach\(\).cpu\(\)\)\.$"),
    ],
)
def test_what_numpy_cannot_read_is_refused_by_name(made, advice):
    soft = SoftUnlearner(FITTED, delta=0.3)
    calls = {
        "X": lambda: soft.fit_influence(made(X), Y, sensitive_features=GROUPS),
        "y": lambda: soft.fit_influence(X, made(Y), sensitive_features=GROUPS),
        "sample_weight": lambda: soft.fit(X, Y, made(np.ones(600)), sensitive_features=GROUPS),
        "sensitive_features": lambda: soft.fit(X, Y, sensitive_features={"sex": made(GROUPS)}),
        "X_val": lambda: soft.fit_influence(
            X,
            Y,
            sensitive_features=GROUPS,
            X_val=made(X),
            y_val=Y,
            sensitive_features_val=GROUPS,
        ),
        "y_val": lambda: soft.fit_influence(
            X,
            Y,
            sensitive_features=GROUPS,
            X_val=X,
            y_val=made(Y),
            sensitive_features_val=GROUPS,
        ),
    }
    for name, call in calls.items():
        if made is with_gradient and name.startswith("y"):
            continue
        with pytest.raises(TypeError, match=f"^'{name}' must be .*" + advice.format(name)):
            call()
    corrected(soft, X, Y, GROUPS)
    for call in (soft.predict, lambda rows: soft.audit(rows, Y, sensitive_features=GROUPS)):
        with pytest.raises(TypeError, match="'X' must be an array that numpy can read"):
            call(made(X))


@pytest.mark.parametrize("name", ["classes_", "coef_"])
def test_a_classifier_that_was_fitted_on_tensors_is_refused(name):
    """As scikit-learn has it with `array_api_dispatch`."""
    fitted = LogisticRegression().fit(X, Y)
    setattr(fitted, name, OnDevice(getattr(fitted, name)))
    soft = SoftUnlearner(fitted)
    with pytest.raises(UnsupportedEstimatorError, match=f"got '{name}' of .* an array of cupy"):
        soft.fit_influence(X, Y, sensitive_features=GROUPS)
