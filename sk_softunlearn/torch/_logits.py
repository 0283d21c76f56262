"""Predictions of a classifier from its logits."""

from abc import abstractmethod

import numpy as np
from scipy.special import expit, log_softmax, softmax

from sk_softunlearn._typing import Rows

__all__ = ["LogitsMixin"]


class LogitsMixin:
    """Predictions from logits: one or two for two classes, one per class for more.

    A subclass defines `_logits` and has `classes_`.
    """

    classes_: np.ndarray

    @abstractmethod
    def _logits(self, X):
        """Return the logits of rows, of shape (n, 1) or (n, n_classes)."""

    def decision_function(self, X: Rows) -> np.ndarray:
        """Compute the logits of rows.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            Rows.

        Returns
        -------
        decision : ndarray of shape (n,) or (n, n_classes)
            For two classes, the log odds of the second. For more, one logit per class.
        """
        raw = self._logits(X)
        if raw.shape[1] == 1:
            return raw[:, 0]
        return raw[:, 1] - raw[:, 0] if raw.shape[1] == 2 else raw

    def predict_proba(self, X: Rows) -> np.ndarray:
        """Compute the probabilities of the classes.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            Rows.

        Returns
        -------
        probability : ndarray of shape (n, n_classes)
            In the order of `classes_`.
        """
        raw = self._logits(X)
        if raw.shape[1] > 1:
            return softmax(raw, axis=1)
        return np.column_stack([expit(-raw[:, 0]), expit(raw[:, 0])])

    def predict_log_proba(self, X: Rows) -> np.ndarray:
        """Compute the log probabilities of the classes.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            Rows.

        Returns
        -------
        log_probability : ndarray of shape (n, n_classes)
            In nats, in the order of `classes_`.
        """
        raw = self._logits(X)
        return log_softmax(np.hstack([np.zeros_like(raw), raw]) if raw.shape[1] == 1 else raw, 1)

    def predict(self, X: Rows) -> np.ndarray:
        """Predict labels.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            Rows.

        Returns
        -------
        y : ndarray of shape (n,)
            Labels.
        """
        raw = self._logits(X)
        index = (raw[:, 0] > 0).astype(int) if raw.shape[1] == 1 else raw.argmax(axis=1)
        return self.classes_[index]
