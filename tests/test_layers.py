"""Who imports whom, read from the source."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "sk_softunlearn"
FILES = sorted(PACKAGE.rglob("*.py"))

EVERYTHING = {path.stem if path.is_file() else path.name for path in PACKAGE.iterdir()}
FACE = {"_explanations", "_predictions", "_unlearner", "_unlearner_cv"}
STAGES = {"corrections", "curvature", "losses", "objectives", "views", "weights"}
BELOW_THE_FACE = EVERYTHING - FACE - {"__main__", "_cli", "_torch", "persistence", "torch"}
MAY_IMPORT = {
    "__init__": {"_unlearner", "_unlearner_cv"},
    "__main__": {"_cli"},
    "_callbacks": {"_sklearn", "_sweeps"},
    "_cli": EVERYTHING - {"__main__", "_predictions", "_explanations"},
    "_unlearner": BELOW_THE_FACE | {"_explanations", "_predictions"},
    "_unlearner_cv": BELOW_THE_FACE | {"_predictions", "_unlearner"},
    "_explanations": BELOW_THE_FACE,
    "_narrow": set(),
    "_predictions": {"_sweeps", "_typing"},
    "_rows": {"_narrow", "_sklearn", "_sweeps"},
    "_row_gradients": {"exceptions"},
    "_sklearn": {"exceptions"},
    "_sweeps": set(),
    "_steps": STAGES | {"_callbacks", "_narrow", "_rows", "_sklearn", "_sweeps", "exceptions"},
    "_torch": {"_row_gradients", "exceptions"},
    "_typing": set(),
    "_writing": set(),
    "audit": {"_callbacks", "_rows", "_sklearn", "_steps", "exceptions", "objectives", "views"},
    "corrections": {"_narrow", "_sklearn", "exceptions", "views"},
    "curvature": {"_sklearn", "exceptions", "views"},
    "datasets": {"_sweeps"},
    "exceptions": set(),
    "losses": set(),
    "metrics": {"_rows", "_sklearn", "_typing", "exceptions"},
    "model_selection": {"_rows", "_steps", "_typing", "exceptions"},
    "objectives": {"_narrow", "_sklearn", "_sweeps", "losses"},
    "persistence": EVERYTHING - {"__main__", "_cli"},
    "torch": {"_sklearn", "_torch", "_typing"},
    "views": {
        *("_narrow", "_row_gradients", "_sklearn", "_sweeps", "_torch", "_typing"),
        *("exceptions", "losses", "torch"),
    },
    "weights": {"exceptions"},
}
WHEN_USED = {
    "catboost",
    "clarabel",
    "cvxpy",
    "dask",
    "jinja2",
    "lightgbm",
    "matplotlib",
    "polars",
    "pyarrow",
    "rich",
    "skops",
    "torch",
    "xgboost",
}

every_file = pytest.mark.parametrize(
    "path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix()
)


def component(path):
    """Name of the folder or module at the top of the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(tree):
    """Every (line, dotted name) an import statement of the tree names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def run_on_import(tree):
    """Statements that run when the module is imported, function bodies left out."""
    waiting = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield node
        waiting.extend(ast.iter_child_nodes(node))


def test_the_walk_sees_the_package():
    assert PACKAGE / "exceptions.py" in FILES
    assert component(PACKAGE / "views" / "_base.py") == "views"
    assert list(imported(ast.parse("from sk_softunlearn import views"))) == [
        (1, "sk_softunlearn.views")
    ]


@every_file
def test_imports_follow_the_flow_of_data(path):
    origin = component(path)
    assert origin in MAY_IMPORT, f"say in MAY_IMPORT what {origin} may import"
    allowed = {origin} | MAY_IMPORT[origin]
    for line, name in imported(ast.parse(path.read_text())):
        package, _, rest = name.partition(".")
        if package != "sk_softunlearn":
            continue
        target = rest.split(".")[0]
        assert target in EVERYTHING | {"__version__"}, f"line {line}: import {name} in full"
        assert target in allowed | {"__version__"}, f"line {line}: {origin} imports {target}"


@every_file
def test_no_relative_import_print_or_assert(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
        assert not isinstance(node, ast.Assert), f"line {node.lineno}: assert"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print", f"line {node.lineno}: print"


@every_file
def test_heavy_libraries_are_imported_where_they_are_used(path):
    # What needs PyTorch is in a folder of its own, which is imported where it is used.
    allowed = {"torch"} if component(path) == "_torch" else set()
    for node in run_on_import(ast.parse(path.read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for line, name in imported(node):
                assert name.split(".")[0] not in WHEN_USED - allowed, f"line {line}: {name}"
                inner = name.startswith("sk_softunlearn._torch.")
                assert allowed or not inner, f"line {line}: {name}"


@every_file
def test_private_names_of_scikit_learn_stand_in_one_file(path):
    if component(path) == "_sklearn":
        return
    for line, name in imported(ast.parse(path.read_text())):
        package, *parts = name.split(".")
        private = [part for part in parts if part.startswith("_")]
        assert package != "sklearn" or not private, f"line {line}: import {name} by _sklearn.py"


def reaches_back(node):
    """Whether an expression takes a private attribute of anything but self, cls and super()."""
    if not isinstance(node, ast.Attribute):
        return False
    private = node.attr.startswith("_") and not node.attr.endswith("__")
    owner = node.value
    if isinstance(owner, ast.Call):
        owner = owner.func
    named = owner.id if isinstance(owner, ast.Name) else None
    # What Python has for looking at a frame has this name.
    return private and named not in {"self", "cls", "super"} and node.attr != "_getframe"


@pytest.mark.parametrize(
    ("code", "reaches"),
    [
        ("self._run", False),
        ("cls._run", False),
        ("super()._run()", False),
        ("soft.__class__", False),
        ("soft._run", True),
        ("self.soft._run", True),
        ("make()._run", True),
        ("soft[0]._run", True),
    ],
)
def test_reaching_back_is_seen(code, reaches):
    assert any(map(reaches_back, ast.walk(ast.parse(code)))) == reaches


@every_file
def test_nobody_reaches_into_another_object(path):
    if component(path) == "_sklearn":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        assert not reaches_back(node), f"line {node.lineno}: {ast.unparse(node)} is not yours"
