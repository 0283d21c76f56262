"""UCI Adult: who earns more than 50,000 dollars."""

import os
from pathlib import Path

import pandas as pd
from sklearn.datasets import fetch_openml
from sklearn.utils import Bunch

__all__ = ["fetch_adult"]

COLUMNS = [
    *("age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation"),
    *("relationship", "race", "sex", "capital-gain", "capital-loss", "hours-per-week"),
    *("native-country", "income"),
]
# The two files of UCI, and the lines before their rows.
FILES = {"adult.data": 0, "adult.test": 1}
VARIABLE = "SK_SOFTUNLEARN_DATA"


def fetch_adult(data_home: str | Path | None = None) -> Bunch:
    """Load UCI Adult (Becker and Kohavi 1996), the rows without missing values.

    45,222 people of the United States census of 1994, and whether they earned more than 50,000
    dollars. The census weight `fnlwgt` is left out.

    Parameters
    ----------
    data_home : str or Path, default=None
        A folder with `adult/adult.data` and `adult/adult.test` as UCI distributes them, or the same
        names with `.gz`. None: the folder that the environment variable `SK_SOFTUNLEARN_DATA`
        names; without it the data come from OpenML (`fetch_openml("adult", version=2)`), where the
        order of the rows may be another.

    Returns
    -------
    adult : Bunch
        `data`, a DataFrame of 45,222 rows and 13 columns, the groups in question among them
        ("sex", "race"), and `target`, a Series: 1 above 50,000 dollars, 0 below.

    Raises
    ------
    FileNotFoundError
        If the folder does not hold the files.

    Examples
    --------
    >>> from sk_softunlearn.datasets import fetch_adult
    >>> adult = fetch_adult()  # doctest: +SKIP
    >>> adult.target.groupby(adult.data["sex"]).mean()  # doctest: +SKIP
    sex
    Female    0.113576
    Male      0.312477
    Name: income, dtype: float64
    """
    home = data_home or os.environ.get(VARIABLE)
    frame = _read(Path(home) / "adult") if home else _fetch()
    frame = frame.dropna().drop(columns="fnlwgt").reset_index(drop=True)
    above = frame.pop("income").str.startswith(">").astype(int)
    return Bunch(data=frame, target=above)


def _read(folder):
    tables = []
    for name, skipped in FILES.items():
        path = next((p for p in (folder / name, folder / f"{name}.gz") if p.is_file()), None)
        if path is None:
            raise FileNotFoundError(
                f"'data_home' must be a folder with adult/{name} or adult/{name}.gz, got "
                f"{str(folder.parent)!r}. Name another one, or leave it out (and {VARIABLE} unset) "
                "to fetch the data from OpenML."
            )
        options = {"header": None, "names": COLUMNS, "skipinitialspace": True, "na_values": "?"}
        tables.append(pd.read_csv(path, skiprows=skipped, **options))
    return pd.concat(tables)


def _fetch():
    frame = fetch_openml("adult", version=2, as_frame=True).frame.rename(
        columns={"class": "income"}
    )
    texts = frame.select_dtypes("category").columns
    return frame.astype(dict.fromkeys(texts, object))
