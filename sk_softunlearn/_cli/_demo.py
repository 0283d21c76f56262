"""The correction that runs on data embedded in scikit-learn."""

from pathlib import Path

import numpy as np
import pandas as pd

from sk_softunlearn._cli._correct import correct, report_on
from sk_softunlearn._cli._destinations import check_report
from sk_softunlearn._cli._models import model_pipeline
from sk_softunlearn._cli._output import report_text, write_text
from sk_softunlearn._cli._tables import Table
from sk_softunlearn._cli._task import Task, split
from sk_softunlearn._unlearner import SoftUnlearner

__all__ = ["demo"]

INTRODUCTION = """\
The data: 442 diabetes patients. The question: does the disease progress more than the
median? In the report, yes is the favourable answer. The groups are the patients above
and below the median age. Half of the gap in their mean probability is to go. The
classifier is trained on 60 % of the patients and corrected on 20 %. The report is on
the last 20 %.

"""
ABOUT = (
    "Of 442 diabetes patients: does the disease progress more than the median? The groups are the "
    "patients above and below the median age. The data come with scikit-learn."
)
CODE = """\
In Python:

    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import LogisticRegression
    from sk_softunlearn import SoftUnlearner

    X, progression = load_diabetes(return_X_y=True, scaled=False)
    y, older = progression > 140.5, X[:, 0] > 50
    soft = SoftUnlearner(LogisticRegression(max_iter=5000), delta=0.5)
    soft.fit(X, y, sensitive_features=older)
    print(soft.audit(X, y, sensitive_features=older))  # better: rows that are new to it
"""


def demo(options, console):
    """Correct, report, and show how it is done in Python.

    Parameters
    ----------
    options : Namespace
        With `report`, the file for the page, or None.
    console : Console
        Where it is written.
    """
    from sklearn.datasets import load_diabetes

    if options.report:
        check_report(options.report)
    bunch = load_diabetes(as_frame=True, scaled=False)
    progression = bunch.target
    older = bunch.data["age"] > bunch.data["age"].median()
    table = Table(
        bunch.data,
        (progression > progression.median()).to_numpy(),
        pd.DataFrame({"age": older.map({True: "older", False: "younger"})}),
        np.ones(len(older), dtype=bool),
    )
    parts = split(table, ["validation", "test"], seed=0)
    pieces = {name: table.take(rows) for name, rows in parts.items()}
    task = Task(
        model_pipeline(table.features),
        False,
        **pieces,
        label=True,
        favourable="more than the median",
        unfavourable=["at most the median"],
        uses=[],
        head="",
        notes=[],
        parts=parts,
        rows=table,
    )
    console.write(INTRODUCTION)
    soft = correct(task, SoftUnlearner(task.model), console)
    report = report_on(soft, task)
    console.write(report_text(report, report.intervals()))
    if options.report:
        called = {True: task.favourable, False: task.unfavourable[0]}
        page = report.to_html(title="Audit of the demo", about=ABOUT, labels=called)
        write_text(page, Path(options.report))
    console.write(f"The weights that moved most:\n{soft.explain_rows(5).to_string()}\n\n")
    console.write(CODE)
