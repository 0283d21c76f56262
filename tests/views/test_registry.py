"""From a classifier to its view."""

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views import LogisticView, view_type


def test_the_classifier_at_the_end_decides():
    assert view_type(make_pipeline(StandardScaler(), LogisticRegression())) is LogisticView
    with pytest.raises(UnsupportedEstimatorError, match="got GaussianNB"):
        view_type(make_pipeline(StandardScaler(), GaussianNB()))
