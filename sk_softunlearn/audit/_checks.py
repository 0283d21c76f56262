"""Whether a report is within the limits that a user names."""

import numpy as np
import pandas as pd

from sk_softunlearn.audit._group_rates import group_rates
from sk_softunlearn.audit._requirements import parse_requirement

__all__ = ["check_requirements"]


def check_requirements(report, requirements):
    """Check the numbers of a report, as `AuditReport.check` describes it.

    Parameters
    ----------
    report : AuditReport
        The report.
    requirements : sequence of str
        The limits.

    Returns
    -------
    checks : DataFrame
        Indexed by requirement.
    """
    if not requirements:
        raise ValueError(
            "'check' needs at least one requirement. Pass one, as 'demographic_parity_ratio>=0.8'."
        )
    asked = [parse_requirement(text) for text in requirements]
    n_rates = len(report.rows.group_names) + 1
    found = []
    for raw in report.raw_predictions:
        names, table = group_rates(report.rows, raw, report.reference)
        rates = dict(zip(names, table[:n_rates].T, strict=True))
        found.append([each.measure(rates, report.rows, report.reference) for each in asked])
    met = [
        [each.is_met(value) for each, value in zip(asked, values, strict=True)] for values in found
    ]
    return pd.DataFrame(
        {
            "before": np.array(found[0], dtype=float),
            "after": np.array(found[1], dtype=float),
            "passed_before": met[0],
            "passed": met[1],
        },
        index=pd.Index([each.text for each in asked], name="requirement"),
    )
