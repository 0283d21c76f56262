"""What the pages need when pytest runs their examples."""

import pytest

from sk_softunlearn.views import _registry

collect_ignore_glob = ["*.py", "auto_examples/*", "generated/*"]


@pytest.fixture(autouse=True)
def views(monkeypatch):
    """Forget a view that a page registers once the page is done."""
    monkeypatch.setattr(_registry, "VIEWS", list(_registry.VIEWS))
