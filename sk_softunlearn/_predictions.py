"""Predictions of the corrected classifier."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sk_softunlearn._sweeps import by_chunk
from sk_softunlearn._typing import Rows

__all__ = ["CorrectedPredictions"]


Method = TypeVar("Method", bound=Callable[..., Any])


def _if_estimator_has(method: str) -> Callable[[Method], Method]:
    """Hide a method where the estimator has none of that name; its type stays."""

    def check(self):
        return hasattr(getattr(self, "unlearned_estimator_", self.estimator), method)

    return available_if(check)


class CorrectedPredictions:
    """The prediction methods of `unlearned_estimator_`, those that it has."""

    @_if_estimator_has("predict")
    def predict(self, X: Rows) -> np.ndarray:
        """Predict labels with the corrected classifier.

        Parameters
        ----------
        X : array-like, DataFrame or sparse of shape (n, p)
            Rows; no sensitive feature is needed.

        Returns
        -------
        y : ndarray of shape (n,)
            Labels.
        """
        return by_chunk(self._corrected().predict, X)

    @_if_estimator_has("predict_proba")
    def predict_proba(self, X: Rows) -> np.ndarray:
        """Predict class probabilities with the corrected classifier.

        Parameters
        ----------
        X : array-like, DataFrame or sparse of shape (n, p)
            Rows.

        Returns
        -------
        probability : ndarray of shape (n, n_classes)
            In the order of `classes_`.
        """
        return by_chunk(self._corrected().predict_proba, X)

    @_if_estimator_has("predict_log_proba")
    def predict_log_proba(self, X: Rows) -> np.ndarray:
        """Predict log probabilities with the corrected classifier.

        Parameters
        ----------
        X : array-like, DataFrame or sparse of shape (n, p)
            Rows.

        Returns
        -------
        log_probability : ndarray of shape (n, n_classes)
            In nats, in the order of `classes_`.
        """
        return by_chunk(self._corrected().predict_log_proba, X)

    @_if_estimator_has("decision_function")
    def decision_function(self, X: Rows) -> np.ndarray:
        """Compute decision values with the corrected classifier.

        Parameters
        ----------
        X : array-like, DataFrame or sparse of shape (n, p)
            Rows.

        Returns
        -------
        decision : ndarray of shape (n,) or (n, n_classes)
            Positive: `classes_[1]`.
        """
        return by_chunk(self._corrected().decision_function, X)

    def _corrected(self):
        check_is_fitted(
            self,
            "unlearned_estimator_",
            msg="This %(name)s has no corrected classifier. Call fit, or unlearn after "
            "compute_weights.",
        )
        return self.unlearned_estimator_
