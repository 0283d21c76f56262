# The targets that people run. What each runs stands in .ci/run, which runs them all.
.PHONY: help lint types test docs oldest all

help:
	@echo "lint     ruff: rules and format"
	@echo "types    mypy"
	@echo "test     the tests, and the examples in docstrings and pages"
	@echo "docs     the pages, into docs/_build"
	@echo "oldest   the tests on the oldest versions, in a fresh environment with Python 3.11"
	@echo "all      everything that decides, in a fresh environment"

lint types test docs:
	@bash .ci/run $@

oldest:
	@bash .ci/run --oldest

all:
	@bash .ci/run
