"""A corrected classifier leaves through ONNX like any other, and keeps its precision."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from sk_softunlearn import SoftUnlearner
from tests.cases import raw_pipeline, unfair

# A network that stops early, and far requests on few rows: what leaves is what is tested.
pytestmark = pytest.mark.filterwarnings(
    "ignore::sk_softunlearn.exceptions.SoftUnlearnWarning",
    "ignore::sklearn.exceptions.ConvergenceWarning",
)

CLASSIFIERS = {
    "logistic": (LogisticRegression(), "last"),
    "pipeline": (make_pipeline(StandardScaler(), LogisticRegression()), "last"),
    "network, last layer": (MLPClassifier((6,), max_iter=200, random_state=0), "last"),
    "network, all layers": (MLPClassifier((6,), max_iter=200, random_state=0), "all"),
    "ridge": (RidgeClassifier(), "last"),
    "linear svc": (LinearSVC(), "last"),
    "sgd": (SGDClassifier("log_loss", alpha=0.01, random_state=0), "last"),
}
each = pytest.mark.parametrize("name", CLASSIFIERS)
# A dict of probabilities per row is what skl2onnx returns unless told otherwise.
PLAIN = {"zipmap": False}


def corrected(name, dtype):
    classifier, layers = CLASSIFIERS[name]
    X, y, group = unfair(800)
    X = X[["a", "b", "c"]].to_numpy().astype(dtype)
    soft = SoftUnlearner(classifier, layers=layers, random_state=0)
    return soft.fit(X, y, sensitive_features=group), X


def answers(model, inputs):
    """Labels and scores of an ONNX model."""
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, inputs)


@each
def test_an_exported_classifier_predicts_the_same(name):
    skl2onnx = pytest.importorskip("skl2onnx")
    soft, X = corrected(name, np.float32)
    model = soft.unlearned_estimator_
    options = {id(model): PLAIN} if hasattr(model, "predict_proba") else None
    labels, scores = answers(skl2onnx.to_onnx(model, X[:1], options=options), {"X": X})
    np.testing.assert_array_equal(labels, model.predict(X))
    assert (model.predict(X) != soft.estimator_.predict(X)).any()
    if hasattr(model, "predict_proba"):
        np.testing.assert_allclose(scores, model.predict_proba(X), atol=1e-5)
    else:
        np.testing.assert_allclose(scores[:, -1], model.decision_function(X), atol=1e-5)


def test_an_exported_pipeline_takes_the_columns_of_the_table():
    skl2onnx = pytest.importorskip("skl2onnx")
    types = pytest.importorskip("skl2onnx.common.data_types")
    X, y, group = unfair(800)
    X = X.astype(dict.fromkeys("abc", np.float32))
    soft = SoftUnlearner(raw_pipeline(), random_state=0).fit(X, y, sensitive_features=group)
    model = soft.unlearned_estimator_
    kinds = dict.fromkeys("abc", types.FloatTensorType) | {"city": types.StringTensorType}
    declared = [(column, kind([None, 1])) for column, kind in kinds.items()]
    exported = skl2onnx.convert_sklearn(model, initial_types=declared, options={id(model): PLAIN})
    inputs = {column: X[[column]].to_numpy() for column in "abc"}
    inputs["city"] = X[["city"]].to_numpy(dtype=object)
    labels, probability = answers(exported, inputs)
    np.testing.assert_array_equal(labels, model.predict(X))
    np.testing.assert_allclose(probability, model.predict_proba(X), atol=1e-5)


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_parameters_keep_their_dtype(name, dtype):
    soft, X = corrected(name, dtype)
    before, after = soft.estimator_, soft.unlearned_estimator_
    assert numbers(after) == numbers(before)
    if hasattr(before, "predict_proba"):
        assert soft.predict_proba(X).dtype == before.predict_proba(X).dtype


def numbers(model):
    """Dtypes and shapes of the parameters of a fitted classifier."""
    classifier = model[-1] if hasattr(model, "steps") else model
    if hasattr(classifier, "coefs_"):
        return [(each.dtype, each.shape) for each in classifier.coefs_ + classifier.intercepts_]
    return [(each.dtype, each.shape) for each in (classifier.coef_, classifier.intercept_)]
