"""Real data through the API: what was asked, promised and measured on UCI Adult."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.weights import HardWeights
from tests.cases import PAPER
from tests.oracles import leave_one_out


@pytest.fixture(scope="module")
def parts(adult):
    X, y = adult.drop(columns="income"), adult["income"]
    cell = y + X["sex"]
    rest, test = train_test_split(X.index, test_size=0.2, stratify=cell, random_state=0)
    training, validation = train_test_split(
        rest, test_size=0.25, stratify=cell[rest], random_state=0
    )
    return [(X.loc[part], y.loc[part]) for part in (training, validation, test)]


@pytest.fixture(scope="module")
def soft(parts):
    (X, y), (X_val, y_val), _ = parts
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude=np.number)),
        (StandardScaler(), make_column_selector(dtype_include=np.number)),
        sparse_threshold=0,
    )
    classifier = LogisticRegression(solver="newton-cholesky", tol=1e-10)
    fitted = make_pipeline(columns, classifier).fit(X, y)
    return SoftUnlearner(fitted, **PAPER).fit_influence(
        X, y, X_val=X_val, y_val=y_val, sensitive_features_val=X_val["sex"]
    )


@pytest.mark.parametrize("delta", [0.25, 0.5, 0.75, 1.0])
def test_the_asked_share_of_the_gap_goes(soft, delta):
    soft.set_params(delta=delta).compute_weights().unlearn()
    share = 1 - soft.after_["demographic_parity"] / soft.before_["demographic_parity"]
    assert share == pytest.approx(delta, rel=0.03)
    assert soft.solution_.residual < 1e-9
    assert soft.epsilon_.min() >= -1


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.GuardExceededWarning")
def test_removing_a_tenth_of_the_rows_costs_more_utility_than_soft_weights(soft, parts):
    _, _, (X, y) = parts
    reports = []
    for weighting in (HardWeights(fraction=0.1), "soft"):
        soft.set_params(weighting=weighting, delta=0.8).compute_weights().unlearn()
        reports.append(soft.audit(X, y, sensitive_features=X["sex"]).summary())
    soft.set_params(weighting="soft")
    hard, mild = reports
    assert mild["delta_rows"] > 0.7
    assert hard["log_loss_after"] - hard["log_loss_before"] > 2 * (
        mild["log_loss_after"] - mild["log_loss_before"]
    )


def test_influence_is_what_leaving_one_out_brings(soft):
    view, panel = soft._run.view, soft._run.panel
    chosen = np.random.default_rng(0).choice(len(view.target), 15, replace=False)
    changes = leave_one_out(view, panel, chosen)
    for name, floor in (("log_loss", 0.99), ("demographic_parity", 0.999)):
        exact = changes[name]
        predicted = soft.influence_[name][chosen]
        assert spearmanr(predicted, exact).statistic > floor
    assert predicted @ exact / (exact @ exact) == pytest.approx(1.0, abs=0.03)
