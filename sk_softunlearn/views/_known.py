"""What was computed of the same rows at other parameters."""

import numpy as np

__all__ = ["Known"]


class Known:
    """A short memory of values per row, by the parameters that they were computed at.

    The first parameters are kept, those of the fit, which everything is compared with, and the last
    ones. Views of the same rows share it. So a correction, what measures it and what judges it read
    the rows once at the parameters that they all look at.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.views._known import Known
    >>> known = Known()
    >>> known.at(np.zeros(2))["raw"] = np.ones(3)
    >>> sorted(known.at(np.zeros(2))), sorted(known.at(np.ones(2)))
    (['raw'], [])
    """

    def __init__(self):
        self._places = []

    def at(self, theta) -> dict:
        """Return what is known at parameters of shape (d,), a dict to read and write."""
        for known, values in self._places:
            if np.array_equal(known, theta):
                return values
        values = {}
        self._places = [*self._places[:1], (np.array(theta), values)]
        return values
