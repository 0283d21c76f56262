"""The data sets of the benchmarks: features, a label of 0 and 1, and the sensitive column.

`SK_SOFTUNLEARN_DATA` names another folder that holds them. COMPAS itself is not among them:
`compas_size` is a fixed sample of the ACS income data with as many rows.
"""

import numpy as np
import pandas as pd
from adult import FOLDER
from adult import load as load_adult
from scipy.special import expit
from sklearn.model_selection import train_test_split

COMPAS_ROWS = 6172


def adult():
    return *load_adult(), "sex"


def german():
    table = pd.read_csv(FOLDER / "german" / "german.data.gz", sep=" ", header=None)
    table.columns = [f"a{k}" for k in range(1, 22)]
    y = (table.pop("a21") == 1).astype(int)
    return table.assign(age=np.where(table["a13"] > 25, "over 25", "25 or less")), y, "age"


def bank_calls():
    """The call's duration is left out: it is known only with the outcome."""
    table = pd.read_csv(FOLDER / "bank" / "bank-additional-full.csv.gz", sep=";")
    y = (table.pop("y") == "yes").astype(int)
    return table.drop(columns="duration"), y


def bank():
    table, y = bank_calls()
    return (
        table.assign(age_group=np.where(table["age"] >= 25, "25 and over", "below")),
        y,
        "age_group",
    )


def bank_ages():
    """Three groups: below 30, 30 to 59, 60 and over."""
    table, y = bank_calls()
    names = ["below 30", "30 to 59", "60 and over"]
    ages = pd.cut(table["age"], [0, 30, 60, np.inf], right=False, labels=names)
    return table.assign(age_group=ages.astype(str)), y, "age_group"


def credit_default():
    table = pd.read_csv(FOLDER / "credit_default" / "UCI_Credit_Card.csv.gz").drop(columns="ID")
    y = 1 - table.pop("default.payment.next.month")
    categories = ["SEX", "EDUCATION", "MARRIAGE"]
    return table.astype(dict.fromkeys(categories, str)), y, "SEX"


def acs_income():
    table = pd.read_csv(FOLDER / "acs_income" / "acs_income_2018_14states.csv.gz")
    y = (table.pop("PINCP") > 50_000).astype(int)
    categories = ["COW", "MAR", "RELP", "SEX", "RAC1P"]
    # Occupation and place of birth have hundreds of codes; the weight and the state are not used.
    table = table.drop(columns=["OCCP", "POBP", "PWGTP", "ST"])
    return table.astype(dict.fromkeys(categories, str)), y, "SEX"


def acs_race():
    """Four groups, by what RAC1P says."""
    X, y, _ = acs_income()
    names = {"1": "White", "2": "Black", "6": "Asian"}
    return X.assign(race=X["RAC1P"].map(names).fillna("other")), y, "race"


def compas_size():
    X, y, sensitive = acs_income()
    rows = np.random.default_rng(0).choice(len(y), COMPAS_ROWS, replace=False)
    return X.iloc[rows].reset_index(drop=True), y.iloc[rows].reset_index(drop=True), sensitive


LOADERS = (
    adult,
    german,
    bank,
    bank_ages,
    credit_default,
    acs_income,
    acs_race,
    compas_size,
)
DATA = {load.__name__: load for load in LOADERS}


def parts(X, y, sensitive, seed):
    """Return positions of 60 % training, 20 % validation and 20 % test rows."""
    cell = y.astype(str) + X[sensitive].astype(str)
    training, rest = train_test_split(
        np.arange(len(y)), test_size=0.4, stratify=cell, random_state=seed
    )
    validation, test = train_test_split(
        rest, test_size=0.5, stratify=cell.iloc[rest], random_state=seed
    )
    return training, validation, test


def measure(raw, y, group):
    """Return accuracy, log loss and the gaps between groups.

    Of two groups the gap is that of the second over the first, with its sign; of several it is the
    largest. `raw` may also be probabilities of random labels, of shape (n, 2), as expected values.
    """
    if np.ndim(raw) == 2:
        probability = label = raw[:, 1]
        loss = np.nan
    else:
        probability, label = expit(raw), (raw > 0).astype(float)
        loss = np.mean(np.logaddexp(0, np.where(y == 1, -raw, raw)))
    return {
        "accuracy": np.mean(np.where(y == 1, label, 1 - label)),
        "log_loss": loss,
        "hard_gap": gap(label, group),
        "gap": gap(probability, group),
    }


def gap(rate, group):
    """Return the gap of a mean between the groups, as `measure` has it."""
    means = [rate[group == name].mean() for name in np.unique(group)]
    return means[1] - means[0] if len(means) == 2 else max(means) - min(means)


def ordered(group, rate):
    """Return the index of every row's group, in the order of their mean rates."""
    return group.map(pd.Series(rate).groupby(group.to_numpy()).mean().rank().astype(int) - 1)
