"""Sphinx configuration."""

import sk_softunlearn

project = "sk_softunlearn"
author = "The sk_softunlearn developers"
copyright = author
version = release = sk_softunlearn.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
]
templates_path = ["_templates"]
exclude_patterns = ["_build"]
nitpicky = False

autosummary_generate = True
# The members are laid out by _templates/autosummary/class.rst.
numpydoc_show_class_members = False

html_theme = "pydata_sphinx_theme"
html_title = "sk_softunlearn"
html_show_sourcelink = False
