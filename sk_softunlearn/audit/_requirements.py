"""Limits that a user names, such as "demographic_parity_ratio>=0.8"."""

import operator
import re
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from sk_softunlearn.audit._between import difference, ratio
from sk_softunlearn.audit._group_rates import RATES

__all__ = ["PARITIES", "Requirement", "parse_requirement"]

# The words of fairlearn for gaps of rates; equalized odds are the worse of two rates.
PARITIES = {
    "demographic_parity": ("selection_rate",),
    "equal_opportunity": ("true_positive_rate",),
    "equalized_odds": ("true_positive_rate", "false_positive_rate"),
}
# What many rates become one number by, and of several such numbers the worst.
OVER_GROUPS = {
    "difference": (difference, max),
    "ratio": (ratio, min),
    "group_min": (lambda rates, reference: np.nanmin(rates), min),
    "group_max": (lambda rates, reference: np.nanmax(rates), max),
}
RELATIONS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
FORM = re.compile(
    r"\s*(?P<metric>\w+)\s*(?:\[(?P<group>.*)\])?\s*(?P<relation>>=|<=|>|<)\s*(?P<limit>[^<>=]+?)\s*"
)


@dataclass(frozen=True)
class Requirement:
    """A limit on a number of the report.

    Parameters
    ----------
    text : str
        As the user wrote it.
    metric : str
        A rate, or a rate or a parity followed by what is taken of it over the groups.
    group : str or None
        The group whose rate it is; None: of all rows, or over all groups.
    relation : str
        One of >=, <=, > and <.
    limit : float
        The limit.

    Examples
    --------
    >>> from sk_softunlearn.audit._requirements import parse_requirement
    >>> requirement = parse_requirement("demographic_parity_ratio >= 0.8")
    >>> requirement.metric, requirement.relation, requirement.limit
    ('demographic_parity_ratio', '>=', 0.8)
    >>> requirement.is_met(0.75)
    False
    """

    text: str
    metric: str
    group: str | None
    relation: str
    limit: float

    @property
    def compares_groups(self):
        """Whether it is about a number over all groups."""
        return _read(self.metric)[1] is not None

    def is_met(self, value):
        """Say whether a value is within the limit; one that is not known is not."""
        return bool(RELATIONS[self.relation](value, self.limit))

    def measure(self, rates, rows, reference=None):
        """Return the number that is limited.

        Parameters
        ----------
        rates : dict of str to ndarray of shape (n_groups + 1,)
            By name: the rate of every group, then of all rows.
        rows : EvaluationRows
            With the names of the groups.
        reference : str, default=None
            The group that all others are compared with; None: any two groups.

        Returns
        -------
        value : float
            Nan if it is not known.

        Raises
        ------
        ValueError
            If it needs groups, labels or a favourable class, that the rows do not have.
        """
        names, over = _read(self.metric)
        if rows.target is None and not set(names) <= rates.keys():
            raise ValueError(f"{self.text!r} needs labels, and audit was given none. Pass 'y'.")
        if not set(names) <= rates.keys():
            raise ValueError(
                f"{self.text!r} needs a favourable class, and 'pos_label' names none. Pass it to "
                "SoftUnlearner."
            )
        if over is None:
            (name,) = names
            return rates[name][self._place(rows)]
        if len(rows.group_names) < 2:
            raise ValueError(
                f"{self.text!r} compares groups, and these rows are of one group only. Pass "
                "'sensitive_features' to audit."
            )
        reduced, worst = OVER_GROUPS[over]
        other = None if reference is None else rows.group_names.index(reference)
        values = [reduced(rates[name][:-1], other) for name in names]
        return np.nan if np.isnan(values).any() else worst(values)

    def _place(self, rows):
        """Return the position of the group, or of all rows."""
        if self.group is None:
            return -1
        if self.group not in rows.group_names:
            raise ValueError(
                f"{self.text!r} is about the group {self.group!r}, which these rows do not have. "
                f"They have {', '.join(map(repr, rows.group_names))}."
            )
        return rows.group_names.index(self.group)


def parse_requirement(text):
    """Read a requirement.

    Parameters
    ----------
    text : str
        NAME, one of >=, <=, > and <, and a number; NAME[GROUP] is the rate of one group.

    Returns
    -------
    requirement : Requirement
        What it says.

    Raises
    ------
    ValueError
        If it is none, or its name is unknown.
    """
    found = FORM.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(
            "a requirement must be a name, one of >=, <=, > and <, and a number, as in "
            f"'demographic_parity_ratio>=0.8', got {text!r}."
        )
    metric, group = found["metric"], found["group"]
    names, over = _read(metric)
    if names is None:
        close = get_close_matches(metric, known_metrics(), n=1, cutoff=0.7)
        meant = f"; did you mean {close[0]}?" if close else "."
        raise ValueError(
            f"{metric!r} in {text.strip()!r} is no metric of the report{meant} A metric is a "
            f"rate ({', '.join(RATES)}), or one of these or of {', '.join(PARITIES)} followed by "
            "_difference or _ratio, a rate also by _group_min or _group_max."
        )
    if group is not None and over is not None:
        raise ValueError(
            f"{text.strip()!r} names one group, and {metric} is a number over all groups. Write "
            f"{names[0]}[{group}] for the rate of this group."
        )
    try:
        limit = float(found["limit"])
    except ValueError:
        limit = np.nan
    if not np.isfinite(limit):
        raise ValueError(
            f"the limit in {text.strip()!r} must be a number, as 0.8, got {found['limit']!r}."
        )
    return Requirement(text.strip(), metric, group, found["relation"], limit)


def known_metrics():
    """Return the names of all metrics that a requirement can be about, a list of str."""
    gaps = [f"{name}_{over}" for name in PARITIES for over in ("difference", "ratio")]
    return [*gaps, *RATES, *(f"{name}_{over}" for name in RATES for over in OVER_GROUPS)]


def _read(metric):
    """Return the rates of a metric, None of an unknown one, and what is taken over the groups."""
    if metric in RATES:
        return (metric,), None
    if metric not in known_metrics():
        return None, None
    over = next(over for over in OVER_GROUPS if metric.endswith(f"_{over}"))
    name = metric.removesuffix(f"_{over}")
    return PARITIES.get(name, (name,)), over
