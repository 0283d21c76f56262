"""Names of tests."""


def test_no_test_is_named_by_an_address(request):
    """Processes that share the tests out by their names would not agree on these."""
    names = [item.nodeid for item in request.session.items]
    assert not [name for name in names if " at 0x" in name]
