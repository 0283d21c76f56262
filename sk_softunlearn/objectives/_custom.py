"""A user's own function of the raw predictions."""

from inspect import Parameter, signature

import numpy as np

from sk_softunlearn.objectives._base import BoundObjective, Objective

__all__ = ["CustomObjective"]


class CustomObjective(Objective):
    """Any callable of the raw predictions, to be brought down or guarded.

    Parameters
    ----------
    function : callable
        Called with as many of these as it has positional parameters without a default, in
        this order: `raw_prediction`, of shape (n,) for a binary classifier and (n, K)
        otherwise; `y`, the labels; `sensitive_features`, the names of the rows' groups;
        `sample_weight`. Returns a float. If it has an attribute `gradient`, that is called
        with the same arguments for the derivative in `raw_prediction`; otherwise central
        differences are taken, which needs two calls per validation row.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.losses import LogisticLoss
    >>> from sk_softunlearn.objectives import CustomObjective, EvaluationRows
    >>> def mean_square(raw_prediction):
    ...     return np.mean(raw_prediction**2)
    >>> y = np.array([0, 1])
    >>> rows = EvaluationRows(LogisticLoss(), y, np.ones(2), np.array([0, 1]), positive=1)
    >>> raw = np.array([[1.0], [2.0]])
    >>> CustomObjective(mean_square).bind(raw, rows).gradient(raw).round(6)
    array([[1.],
           [2.]])
    """

    def __init__(self, function):
        self.function = function

    @property
    def name(self):
        """The function's name."""
        return getattr(self.function, "__name__", type(self.function).__name__)

    @property
    def needs_labels(self):
        """Whether the function takes the labels."""
        return _n_arguments(self.function) >= 2

    @property
    def needs_groups(self):
        """Whether the function takes the sensitive features."""
        return _n_arguments(self.function) >= 3

    def bind(self, raw, rows):
        return _BoundFunction(self.function, rows)


class _BoundFunction(BoundObjective):
    def __init__(self, function, rows):
        self.function = function
        names = np.array(rows.group_names, dtype=object)
        context = (
            rows.classes[rows.target],
            None if rows.groups is None else names[rows.groups],
            rows.sample_weight,
        )
        self.context = context[: _n_arguments(function) - 1]

    def value(self, raw):
        value = np.asarray(self.function(_outward(raw), *self.context), dtype=float)
        if value.ndim or not np.isfinite(value):
            name = getattr(self.function, "__name__", self.function)
            raise ValueError(
                f"'{name}' must return one finite number, got {value!r}. Reduce it to a scalar."
            )
        return float(value)

    def gradient(self, raw):
        if hasattr(self.function, "gradient"):
            gradient = self.function.gradient(_outward(raw), *self.context)
            return np.asarray(gradient, dtype=float).reshape(raw.shape)
        gradient = np.empty(raw.shape)
        moved = np.array(raw, dtype=float)
        for index in np.ndindex(*raw.shape):
            step = 1e-4 * max(1.0, abs(raw[index]))
            values = []
            for side in (step, -step):
                moved[index] = raw[index] + side
                values.append(self.value(moved))
            moved[index] = raw[index]
            gradient[index] = (values[0] - values[1]) / (2 * step)
        return gradient


def _outward(raw):
    """Return raw predictions as a user's function sees them: a copy, that it may write into."""
    return (raw[:, 0] if raw.shape[1] == 1 else raw).copy()


def _n_arguments(function):
    positional = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    parameters = signature(function).parameters.values()
    return sum(p.kind in positional and p.default is Parameter.empty for p in parameters)
