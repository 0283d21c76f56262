import subprocess
import sys
from functools import cache

import pytest

LOADED = "import sys; sys.stdout.write(' '.join({name.split('.')[0] for name in sys.modules}))"


@cache
def loaded_by(statement):
    """Top-level names that a fresh interpreter holds after the statement."""
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}; {LOADED}"],
        check=True,
        capture_output=True,
        text=True,
    )
    return frozenset(done.stdout.split())


@pytest.mark.parametrize(
    "module", ["sk_softunlearn", "sk_softunlearn.metrics", "sk_softunlearn.model_selection"]
)
def test_import_loads_nothing_beyond_sklearn_and_fairlearn(module):
    baseline = loaded_by("import sklearn.linear_model, fairlearn.metrics")
    added = loaded_by(f"import {module}") - baseline - set(sys.stdlib_module_names) - {"narwhals"}
    assert added == {"sk_softunlearn"}


def test_the_baseline_is_light():
    # scikit-learn itself loads rich where it is installed.
    heavy = {"cvxpy", "clarabel", "dask", "matplotlib", "skops", "torch"}
    assert heavy.isdisjoint(loaded_by("import sklearn.linear_model, fairlearn.metrics"))
