"""What a linear view adds to its linear part."""

from functools import cached_property
from typing import Any

import numpy as np

__all__ = ["LinearOffset"]


class LinearOffset:
    """Members of a linear view that say what its raw predictions are without its parameters.

    They are 0 unless a view says otherwise, as one that goes on from another model's log odds.
    """

    features: Any
    target: np.ndarray

    def make_offset(self, features):
        """Return what is added to the linear part, as another model's log odds; by default 0.0.

        Parameters
        ----------
        features : ndarray or CSR of shape (n, p)
            The rows as the classifier sees them.

        Returns
        -------
        offset : float or ndarray of shape (n, K)
            `raw_prediction` at theta = 0; held where theta changes.
        """
        return 0.0

    def offset_gradient(self, cotangent):
        """Return the derivative of `sum(cotangent * offset)` in `features`.

        Attacks in the inputs need it, for they move the rows that an offset is a function of.

        Parameters
        ----------
        cotangent : ndarray of shape (n, K)
            A factor per entry of the offset.

        Returns
        -------
        gradient : float or ndarray of shape (n, p)
            0.0 where the offset is the same for all rows.

        Raises
        ------
        UnsupportedEstimatorError
            If the offset depends on the row, and a view does not say it.
        """
        if np.ndim(self.offset):
            raise self._lacks(
                "offset_gradient",
                "'metric' 'robustness' with attack='inf' or '2', of a model with an offset per "
                "row,",
                "Use attack='boundary', or write it.",
            )
        return 0.0

    @cached_property
    def offset(self):
        """What `make_offset` says of the rows; a constant may stand here in its place."""
        offset = np.asarray(self.make_offset(self.features), dtype=float)
        return offset.reshape(len(self.target), self.n_outputs) if offset.ndim else float(offset)
