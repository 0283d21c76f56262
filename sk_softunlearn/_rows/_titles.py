"""Groups as a reader is shown them."""

from sk_softunlearn._rows._groups import cross_levels

__all__ = ["title_columns", "title_groups"]

# Levels that say nothing without the name of their column, beside numbers.
BARE = {"true", "false", "yes", "no", "y", "n"}


def title_columns(columns):
    """Put the name of a column before its levels, where they say nothing alone.

    Parameters
    ----------
    columns : dict of str to tuple of ndarray of shape (n,) and list of str
        As `read_sensitive` gives them.

    Returns
    -------
    columns : dict of str to tuple of ndarray of shape (n,) and list of str
        The same codes; "race = 1" in place of "1". Where a column has no name, all stay.

    Examples
    --------
    >>> from sk_softunlearn._rows._groups import read_sensitive
    >>> from sk_softunlearn._rows._titles import title_columns
    >>> columns = read_sensitive({"race": [1, 0], "sex": ["F", "M"]}, n_rows=2)
    >>> {name: levels for name, (_, levels) in title_columns(columns).items()}
    {'race': ['race = 0', 'race = 1'], 'sex': ['F', 'M']}
    """
    if any(name.isdigit() for name in columns):
        return columns
    return {
        name: (codes, [f"{name} = {level}" for level in levels])
        if all(map(_is_bare, levels))
        else (codes, levels)
        for name, (codes, levels) in columns.items()
    }


def title_groups(columns, n_rows):
    """Return the groups that `cross_levels` makes of columns, as a reader is shown them.

    Parameters
    ----------
    columns : dict of str to tuple of ndarray of shape (n_rows,) and list of str
        As `read_sensitive` gives them.
    n_rows : int
        Number of rows.

    Returns
    -------
    titles : list of str
        In the order of the groups.
    """
    return cross_levels(list(title_columns(columns).values()), n_rows)[1]


def _is_bare(level):
    try:
        float(level)
    except ValueError:
        return level.lower() in BARE
    return True
