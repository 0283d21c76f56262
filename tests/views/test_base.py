"""A view with its abstract members only: what it can be used for, and what it says of the rest."""

import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator
from sklearn.linear_model import RidgeClassifier

from sk_softunlearn.corrections import CORRECTIONS
from sk_softunlearn.curvature import CURVATURES, Exact
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.losses import SquaredLoss
from sk_softunlearn.objectives import EvaluationRows, IndividualFairness, Robustness
from sk_softunlearn.views import View
from tests.cases import rows


class Dense(LinearOperator):
    """A Jacobian of one output, held as a matrix."""

    def __init__(self, matrix):
        super().__init__(float, matrix.shape)
        self.matrix = matrix

    def _matvec(self, direction):
        return self.matrix @ direction

    def _rmatvec(self, cotangent):
        return self.matrix.T @ cotangent

    def gram(self, bend):
        return self.matrix.T @ (bend.entry(0, 0)[:, None] * self.matrix)

    def gram_diagonal(self, bend):
        return np.diag(self.gram(bend)).copy()


class BareView(View):
    """Least squares without an intercept."""

    convex = True
    raw_prediction = property(lambda self: self.jacobian.matvec(self.theta)[:, None])
    jacobian = property(lambda self: Dense(self.X))
    gauge = property(lambda self: np.zeros((0, len(self.theta))))

    def __init__(self, estimator, X, y, sample_weight=None):
        self.estimator = self.classifier = estimator
        self.X = X
        self.theta = np.ravel(estimator.coef_)
        self.target = np.searchsorted(estimator.classes_, y)
        self.sample_weight = np.ones(len(y)) if sample_weight is None else sample_weight
        self.loss = SquaredLoss()
        self.penalty = np.full(len(self.theta), estimator.alpha)

    @staticmethod
    def accepts(classifier):
        return isinstance(classifier, RidgeClassifier)

    @classmethod
    def read(cls, estimator, X, y, sample_weight=None):
        return cls(estimator, X, y, sample_weight)

    def on(self, X, y, sample_weight=None):
        return type(self)(self.estimator, X, y, sample_weight)

    def store(self, classifier, theta):
        classifier.coef_ = theta


class RefittedView(BareView):
    """That, with how a clone is fitted."""

    def refitted(self, weight):
        y = self.classifier.classes_[self.target]
        again = RidgeClassifier(alpha=self.classifier.alpha, fit_intercept=False)
        return self.at(np.ravel(again.fit(self.X, y, sample_weight=weight).coef_))


@pytest.fixture
def bare():
    X, y, _ = rows()
    return BareView.read(RidgeClassifier(fit_intercept=False).fit(X, y), X, y)


def corrected(view, name):
    inverse = Exact().invert(view, view.sample_weight)
    epsilon = np.linspace(-0.5, 0.5, len(view.target))
    return CORRECTIONS[name]().correct(view, epsilon, Exact(), inverse)


@pytest.mark.parametrize(
    "name", [name for name in CORRECTIONS if name not in ("retrain", "replay")]
)
def test_every_other_correction_does_with_it(bare, name):
    theta = corrected(bare, name)
    assert theta.shape == bare.theta.shape
    assert np.isfinite(theta).all()


def test_retraining_needs_a_view_that_can_be_refitted(bare):
    sentence = r"correction='retrain'\) needs 'refitted', which BareView .*='newton' or 'influence'"
    with pytest.raises(UnsupportedEstimatorError, match=sentence):
        corrected(bare, "retrain")
    refitted = RefittedView.read(bare.estimator, bare.X, bare.classifier.classes_[bare.target])
    np.testing.assert_allclose(corrected(refitted, "retrain"), corrected(bare, "newton"), rtol=1e-6)


def test_replaying_needs_a_view_that_can_be_replayed(bare):
    sentence = "'correction' 'replay' needs 'replayed', which BareView does not have"
    with pytest.raises(UnsupportedEstimatorError, match=sentence):
        corrected(bare, "replay")
    assert bare.under(bare.sample_weight) is bare
    assert bare.fidelity is None


@pytest.mark.parametrize("name", [name for name in CURVATURES if name not in ("dual", "ekfac")])
def test_curvatures_do_with_it(bare, name):
    inverse = CURVATURES[name]().invert(bare, bare.sample_weight)
    assert (inverse @ bare.theta).shape == bare.theta.shape


@pytest.mark.parametrize("name", ["exact", "diagonal", "identity"])
def test_a_bare_view_that_is_not_convex_is_damped_as_one_layer(bare, name):
    bare.convex = False
    inverse = CURVATURES[name]().invert(bare, bare.sample_weight)
    gram = bare.jacobian.gram(bare.bend(bare.sample_weight))
    if name == "exact":
        added = np.trace(gram + np.diag(bare.penalty)) / len(gram)
        expected = np.linalg.inv(gram + np.diag(bare.penalty + added))
        np.testing.assert_allclose(inverse @ np.eye(len(gram)), expected)


def test_what_it_lacks_is_named(bare):
    for name in ("dual", "ekfac"):
        with pytest.raises(UnsupportedEstimatorError, match="'layer_blocks', which BareView"):
            CURVATURES[name]().invert(bare, bare.sample_weight)
    context = EvaluationRows(
        bare.loss, bare.target, bare.sample_weight, bare.classifier.classes_, 1, X=bare.X
    )
    with pytest.raises(UnsupportedEstimatorError, match="'features', which BareView"):
        IndividualFairness().place(bare, context)
    IndividualFairness(twins=lambda X: -X).place(bare, context)
    for attack, member in (("boundary", "adversarial"), ("inf", "attacked_inputs")):
        with pytest.raises(UnsupportedEstimatorError, match=f"'{member}', which BareView"):
            Robustness(attack=attack).place(bare, context)


def test_a_view_may_hold_its_parameters_as_it_likes(bare):
    class Held(BareView):
        def proximal(self, diagonal=None):
            return np.full(len(self.theta), 50.0)

    held = Held.read(bare.estimator, bare.X, bare.classifier.classes_[bare.target])
    hessian = bare.X.T @ bare.X + np.diag(bare.penalty) + 50.0 * np.eye(len(bare.theta))
    inverse = Exact().invert(held, held.sample_weight)
    np.testing.assert_allclose(inverse @ hessian, np.eye(len(bare.theta)), atol=1e-10)
    # Of a quadratic objective the held minimum is one step away, with the weights of the rows.
    epsilon = np.linspace(-0.5, 0.5, len(held.target))
    weighted = hessian + bare.X.T @ (epsilon[:, None] * bare.X)
    shift = np.linalg.solve(weighted, bare.X.T @ (epsilon * bare.slope[:, 0]))
    found = CORRECTIONS["newton"]().correct(held, epsilon, Exact(), inverse)
    np.testing.assert_allclose(found, bare.theta - shift, rtol=1e-6)
