"""The report that the user guide shows; written when the pages are built."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner

ABOUT = (
    "Who is invited, by the score of a test and that of past work. The people are made up: they "
    "are those of the page of the user guide on reports."
)


def write_report(path):
    """Write the report of the user guide as a page."""
    rng = np.random.default_rng(0)
    sex = rng.choice(["F", "M"], size=12000)
    race = rng.choice(["Asian", "Black", "White", "Unknown"], size=12000, p=[0.15, 0.2, 0.6, 0.05])
    X = pd.DataFrame({"test": rng.normal(size=12000), "work": rng.normal(size=12000)})
    X["test"] += 0.8 * (sex == "M") - 0.5 * (race == "Black")
    y = (X["test"] + X["work"] + rng.logistic(size=12000) > 0.5).astype(int)
    groups = pd.DataFrame({"sex": sex, "race": race})
    seen, new = slice(8000), slice(8000, None)
    soft = SoftUnlearner(LogisticRegression(), delta=0.7, random_state=0)
    soft.fit(X[seen], y[seen], sensitive_features=groups["sex"][seen])
    report = soft.audit(X[new], y[new], sensitive_features=groups["sex"][new])
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    report.to_html(
        path,
        title="Who is invited",
        about=ABOUT,
        requirements=["demographic_parity_ratio>=0.8", "accuracy>=0.7", "selection_rate[F]>=0.4"],
        labels={1: "invited", 0: "not invited"},
    )
