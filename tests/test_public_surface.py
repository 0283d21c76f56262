"""Every public name is documented, listed in the API page, and tested."""

import ast
import importlib
import inspect
import pkgutil
import re
from functools import cache
from pathlib import Path

import pytest

import sk_softunlearn

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"


def public_modules():
    """Modules whose dotted name has no part that starts with an underscore."""
    found = ["sk_softunlearn"]
    for module in pkgutil.walk_packages(sk_softunlearn.__path__, "sk_softunlearn."):
        if not any(part.startswith("_") for part in module.name.split(".")):
            found.append(module.name)
    return found


def public_names():
    """Every (module, name) that a public module lists in `__all__`."""
    for module in public_modules():
        for name in getattr(importlib.import_module(module), "__all__", ()):
            if not name.startswith("__"):
                yield module, name


def callables():
    """Public classes and functions, and the public methods that the classes define."""
    for module, name in public_names():
        entry = getattr(importlib.import_module(module), name)
        if not (inspect.isclass(entry) or inspect.isfunction(entry)):
            continue
        yield f"{module}.{name}", entry
        for method, function in vars(entry).items() if inspect.isclass(entry) else ():
            if inspect.isfunction(function) and not method.startswith("_"):
                yield f"{module}.{name}.{method}", getattr(entry, method)


def is_method(entry):
    return inspect.isfunction(entry) and "." in entry.__qualname__


def parameters_of(entry):
    """Names of the parameters a docstring has to explain."""
    if inspect.isclass(entry) and "__init__" not in vars(entry):
        return set()
    return {
        parameter.name
        for parameter in inspect.signature(entry).parameters.values()
        if parameter.name != "self"
    }


def explained(docstring):
    """Names explained in the Parameters section of a numpydoc docstring."""
    section = re.search(
        r"^Parameters\n-{10}\n(.*?)(?=^\w[^\n]*\n-{3,}$|\Z)", docstring, re.M | re.S
    )
    names = re.findall(r"^([*\w, ]+?)(?: :.*)?$", section[1], re.M) if section else []
    return {name.strip(" *") for line in names for name in line.split(",")}


def names_in_the_api_page():
    """Every (module, name) that docs/api.rst documents."""
    module = None
    for line in (ROOT / "docs" / "api.rst").read_text().splitlines():
        if directive := re.match(r"\.\. (?:currentmodule|module):: (\S+)", line):
            module = directive[1]
        elif entry := re.match(r"(?:   |\.\. (?:auto)?data:: )(\w+)$", line):
            yield module, entry[1]


@pytest.mark.parametrize("module", public_modules())
def test_public_modules_say_what_is_public(module):
    module = importlib.import_module(module)
    assert module.__doc__
    for name in module.__all__:
        assert hasattr(module, name), name
    assert len(set(module.__all__)) == len(module.__all__)


@pytest.mark.parametrize(("name", "entry"), [pytest.param(*c, id=c[0]) for c in callables()])
def test_docstrings_explain_every_parameter(name, entry):
    docstring = inspect.getdoc(entry)
    assert docstring, f"{name} has no docstring"
    # One sentence is enough for a method of a protocol.
    if not is_method(entry) or explained(docstring):
        assert parameters_of(entry) <= explained(docstring)


def test_the_api_page_lists_exactly_the_public_names():
    listed = list(names_in_the_api_page())
    assert len(set(listed)) == len(listed)
    assert set(listed) == set(public_names())


def mirrored(path):
    """The test file of a module, which need not exist."""
    inside = path.relative_to(ROOT / "sk_softunlearn")
    folder = TESTS.joinpath(*(part.strip("_") for part in inside.parent.parts))
    return folder / f"test_{inside.stem.strip('_')}.py"


@pytest.mark.parametrize(
    "path",
    [
        path
        for folder in (".", "_rows", "_steps", "model_selection")
        for path in (ROOT / "sk_softunlearn" / folder).glob("*.py")
        if path.stem != "__init__"
    ],
    ids=lambda path: path.stem,
)
def test_modules_have_a_test_file(path):
    if path.stem != "__main__":
        assert mirrored(path).exists()


def definitions_of_the_stages():
    """Concrete classes and functions that the subpackages offer, by defining file."""
    for module, name in public_names():
        entry = getattr(importlib.import_module(module), name)
        if not (inspect.isclass(entry) or inspect.isfunction(entry)) or inspect.isabstract(entry):
            continue
        source = Path(inspect.getsourcefile(entry))
        if source.parent != ROOT / "sk_softunlearn":
            yield pytest.param(source, name, id=f"{module}.{name}")


def names_in(trees):
    return {part.id for tree in trees for part in ast.walk(tree) if isinstance(part, ast.Name)}


def called(tree):
    """Names that a test file calls, or whose methods it calls, and classes it derives from.

    Views and reports are made by others. Of these a test asks for the type, or lists them as cases.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from names_in([node.func])
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr
            if names_in([node.func]) == {"isinstance"}:
                yield from names_in(node.args[1:])
        elif isinstance(node, ast.ClassDef):
            yield from names_in(node.bases)
        elif isinstance(node, ast.Compare):
            yield from names_in(node.comparators)
        elif isinstance(node, ast.List | ast.Tuple | ast.Dict) and isinstance(
            getattr(node, "ctx", ast.Load()), ast.Load
        ):
            yield from names_in(getattr(node, "elts", None) or getattr(node, "values", []))


def test_an_import_is_no_call():
    code = "from a import b, c, d, E\nb\nc(1)\nd.of(b)\nclass F(E): pass\nx = type(c) is G"
    assert {"c", "d", "of", "E", "type", "G"} == set(called(ast.parse(code)))


@cache
def called_by_the_tests():
    files = (path for path in TESTS.rglob("*.py") if path != Path(__file__))
    return {name for path in files for name in called(ast.parse(path.read_text()))}


@pytest.mark.parametrize(("source", "name"), list(definitions_of_the_stages()))
def test_what_a_stage_offers_is_tested(source, name):
    assert name in called_by_the_tests(), f"call {name} of {source.name}, or make it a case"
