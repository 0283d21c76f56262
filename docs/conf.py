"""Sphinx configuration."""

import importlib
import inspect
import pkgutil
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

import matplotlib as mpl
from sphinx.util import logging

import sk_softunlearn

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE))


def methods_of_classes():
    """Map every public class to its methods that this package defines, inherited ones too."""
    methods = {}
    for found in pkgutil.walk_packages(sk_softunlearn.__path__, "sk_softunlearn."):
        if found.name.rsplit(".", 1)[1].startswith("_"):
            continue
        module = importlib.import_module(found.name)
        for name in module.__all__:
            add_methods(methods, found.name, name, getattr(module, name))
    for name in sk_softunlearn.__all__:
        add_methods(methods, "sk_softunlearn", name, getattr(sk_softunlearn, name))
    return methods


def add_methods(methods, module, name, entry):
    if inspect.isclass(entry):
        methods[f"{module}.{name}"] = [
            method
            for method, function in inspect.getmembers(entry, callable)
            if not method.startswith("_")
            and getattr(function, "__module__", "").startswith("sk_softunlearn")
        ]


project = "sk_softunlearn"
author = "The sk_softunlearn developers"
copyright = author
version = release = sk_softunlearn.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
# The gallery's lists of run times tell of one machine.
exclude_patterns = ["_build", "sg_execution_times.rst", "**/sg_execution_times.rst"]
# A name in single backticks links to where it is documented, if it is; a role must find it.
default_role = "py:obj"
nitpicky = True
nitpick_ignore_regex = [
    ("py:obj", ".*"),
    ("py:class", r"(?!sk_softunlearn\.).*|.*\.(ViewType|Look)"),
]

autosummary_generate = True
autosummary_context = {"methods_of": methods_of_classes()}
# Types are said in words, with shapes and units, in the sections of a docstring.
autodoc_typehints = "none"
# The members are laid out by _templates/autosummary/class.rst.
numpydoc_show_class_members = False
# All but: an extended summary, an example and "See Also" everywhere; the parameters and returns of
# one-sentence methods of protocols; a name before the type of what is returned; a capital letter
# for a description that starts with a symbol; a docstring that is inherited, which numpydoc does
# not see (tests/test_public_surface.py looks for one).
numpydoc_validation_checks = {
    *("all", "ES01", "EX01", "SA01", "PR01", "RT01", "YD01", "RT02", "PR08", "RT04", "GL08"),
}
# A docstring that explains what the concrete views are constructed from, and a comment that is one.
numpydoc_validation_exclude = {r"\.View$", r"\.TRUSTED_TYPES$"}

# Examples that need a library beyond the extra "docs": without it they are shown, and not run.
NEEDED = {
    "plot_deployed_lightgbm": "lightgbm",
    "plot_torch": "torch",
    "plot_transformer": "torch",
}
NOT_RUN = [name for name, library in NEEDED.items() if find_spec(library) is None]
for name in NOT_RUN:
    logging.getLogger(__name__).info(f"{name}.py is not run: {NEEDED[name]} is not installed")

sphinx_gallery_conf = {
    "filename_pattern": "^" + "".join(rf"(?!.*/{name}\.py$)" for name in NOT_RUN) + ".*/plot_",
    "examples_dirs": str(HERE.parent / "examples"),
    "gallery_dirs": "auto_examples",
    "within_subsection_order": "FileNameSortKey",
    "doc_module": ("sk_softunlearn",),
    "backreferences_dir": "generated/backreferences",
    "show_memory": False,
    "show_signature": False,
    "download_all_examples": False,
}

html_theme = "pydata_sphinx_theme"
html_title = "sk_softunlearn"
html_static_path = ["_static"]
# The report that is written beside the pages: a folder that must be there before.
EXTRA = HERE / "figures" / "extra"
EXTRA.mkdir(parents=True, exist_ok=True)
html_extra_path = [str(EXTRA)]
html_css_files = ["pages.css"]
html_show_sourcelink = False
html_theme_options = {"navigation_with_keys": False, "header_links_before_dropdown": 4}
# Pages without others below them have nothing to list at their side.
ALONE = (
    *("five_minutes", "comparison", "notation", "references", "extending", "contributing"),
    "command_line",
)
html_sidebars = {page: [] for page in ALONE}


def draw_figures(app):
    """Draw what the pages show; a figure that warns is a figure that is wrong."""
    import draw
    import report

    mpl.use("agg")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw.draw_all(HERE / "figures")
        report.write_report(EXTRA / "who_is_invited.html")


def show_picture(app, page, source):
    """Show the first figure of an example below its finding, before the code that draws it."""
    folder, _, name = page.rpartition("/")
    if folder != "auto_examples" or not name.startswith("plot_") or name in NOT_RUN:
        return
    picture = f"/auto_examples/images/sphx_glr_{name}_001.png"
    if not (HERE / picture.lstrip("/")).exists():
        logging.getLogger(__name__).warning(f"{name}.py draws no figure", location=page)
        return
    shown = (
        f".. image:: {picture}\n   :class: sphx-glr-single-img\n   :alt: What this page finds\n\n"
    )
    intro, mark, rest = source[0].partition(".. GENERATED FROM PYTHON SOURCE LINES")
    source[0] = f"{intro}{shown}{mark}{rest}"


def setup(app):
    """Have the figures drawn before the pages are read, and shown early."""
    app.connect("builder-inited", draw_figures)
    app.connect("source-read", show_picture)
