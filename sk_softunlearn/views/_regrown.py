"""Parameters that come with a classifier whose other parts are new, too."""

from typing import Any

import numpy as np

__all__ = ["Regrown"]


class Regrown(np.ndarray):
    """Parameters of a classifier that was fitted anew as a whole.

    The leaf values of an ensemble with another structure, or the last layer of a network with other
    hidden layers. A view at them (`View.at`) is one of that classifier.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn.views._regrown import Regrown
    >>> Regrown.of(np.ones(2), LogisticRegression()).classifier
    LogisticRegression()
    """

    classifier: Any = None

    @classmethod
    def of(cls, values, classifier):
        """Return parameters of shape (d,) that remember their classifier."""
        theta = np.asarray(values).view(cls)
        theta.classifier = classifier
        return theta
