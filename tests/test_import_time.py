import subprocess
import sys

import pytest

BASELINE = "import sklearn.linear_model, fairlearn.metrics"
MODULES = ["sk_softunlearn", "sk_softunlearn.metrics", "sk_softunlearn.model_selection"]
LOADED = "print(*{name.split('.')[0] for name in sys.modules})"


@pytest.fixture(scope="module")
def loaded():
    """Top-level names that a fresh interpreter holds after each statement, one after another."""
    statements = [BASELINE, *(f"import {module}" for module in MODULES)]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(["import sys"] + [f"{s}; {LOADED}" for s in statements])],
        check=True,
        capture_output=True,
        text=True,
    )
    return [set(line.split()) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("module", MODULES)
def test_import_loads_nothing_beyond_sklearn_and_fairlearn(loaded, module):
    held = loaded[1 + MODULES.index(module)]
    added = held - loaded[0] - set(sys.stdlib_module_names) - {"narwhals"}
    assert added == {"sk_softunlearn"}


def test_the_baseline_is_light(loaded):
    # scikit-learn itself loads rich where it is installed.
    heavy = {"cvxpy", "clarabel", "dask", "matplotlib", "skops", "torch"}
    assert heavy.isdisjoint(loaded[0])
