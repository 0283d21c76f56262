"""The last layer of a network, which may become that of another one."""

from abc import abstractmethod
from typing import Any

import numpy as np

from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views._head import find_head, replace_head
from sk_softunlearn.views._linear import LinearView
from sk_softunlearn.views._regrown import Regrown

__all__ = ["NetworkHeadView"]


class NetworkHeadView(LinearView):
    """The last layer of a network, a linear model on what the layers before it make of the rows.

    Retrained as a whole (`Retrain(layers="all")`), it becomes the last layer of another network:
    `theta` then comes with that network. A subclass writes `fit_whole` and `in_network`, beside
    what `LinearView` asks for.
    """

    depths = ("last",)
    streams = False

    # The rows as the network sees them.
    inputs: Any = None

    @abstractmethod
    def fit_whole(self, weight):
        """Return a clone of the classifier, all its layers trained with other weights.

        Parameters
        ----------
        weight : ndarray of shape (n,)
            Total weight of every row.

        Returns
        -------
        network : estimator
            Fitted; another minimum where `random_state` is left open.

        Raises
        ------
        UnsupportedEstimatorError
            If it cannot be fitted with weights.
        """

    @abstractmethod
    def in_network(self, estimator, theta):
        """Return the view of the same rows in another fitted estimator, at a last layer."""

    def at(self, theta):
        """Return the view of the same rows at another last layer, or on another network."""
        network = getattr(theta, "classifier", None)
        if network is None:
            return super().at(theta)
        if self.shift is not None:
            raise UnsupportedEstimatorError(
                "'metric' 'robustness' with attack='boundary' moves what the last layer is fed, "
                "which other hidden layers do not have. Use attack='inf' or '2', or "
                "'correction' 'retrain' of the last layer alone."
            )
        return self.in_network(replace_head(self.estimator, network), theta)

    def moved_to(self, estimator, X, y):
        there = self.at(self._last_of(find_head(estimator).classifier))
        same = there.features is self.features or np.array_equal(there.features, self.features)
        # Rows moved among the features are somewhere in the same network only.
        return self.at(np.asarray(there.theta)) if same else there

    def write(self, theta):
        """Return a copy of the estimator with another last layer, or with another network."""
        network = getattr(theta, "classifier", None)
        if network is None:
            return super().write(theta)
        return replace_head(self.estimator, network)

    def refitted_whole(self, weight):
        return self.at(self._last_of(self.fit_whole(weight)))

    def _last_of(self, network):
        return Regrown.of(np.reshape(self.fitted_table(network), -1), network)
