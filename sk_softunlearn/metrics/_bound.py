"""Sensitive features that are bound to a scorer, for the rows that are scored."""

__all__ = ["look_up"]


def look_up(bound, X):
    """Return the sensitive features of the rows of `X`.

    Parameters
    ----------
    bound : Series, DataFrame, str, list of str or None
        A pandas object indexed like `X`, or the names of columns of `X`.
    X : array-like of shape (n_samples, n_features)
        The rows.

    Returns
    -------
    sensitive_features : Series or DataFrame of n_samples rows
        In the order of `X`.

    Raises
    ------
    ValueError
        If nothing is bound, or not what can be found by `X`.
    """
    if bound is None:
        raise ValueError(
            "'sensitive_features' must be given to score a gap between groups; got None. "
            "Enable metadata routing and pass it to fit, or bind it with "
            "scorer.with_features(column)."
        )
    if isinstance(bound, str | list):
        return _columns_of(X, bound)
    return _rows_of(bound, X)


def _columns_of(X, names):
    missing = {names} if isinstance(names, str) else set(names)
    missing -= set(getattr(X, "columns", ()))
    if missing:
        raise ValueError(
            "'sensitive_features' must name columns of X; X "
            f"({type(X).__name__}) has no {sorted(missing)}. Bind the values themselves, "
            "as a Series indexed like X."
        )
    return X[names]


def _rows_of(bound, X):
    """Rows of the bound pandas object that belong to `X`, found by their index."""
    if not (hasattr(X, "iloc") and hasattr(bound, "iloc")):
        raise ValueError(
            "'sensitive_features' bound to a scorer must be a pandas Series or DataFrame and "
            f"be scored with a pandas X, to find its rows by index; got {type(bound).__name__} "
            f"and an X of type {type(X).__name__}. Make both pandas objects, or enable "
            "metadata routing and pass 'sensitive_features' to fit."
        )
    if not bound.index.is_unique:
        raise ValueError(
            "'sensitive_features' bound to a scorer must have a unique index, to find the rows "
            "of X; got repeated index values. Reset the index of both, together."
        )
    position = bound.index.get_indexer(X.index)
    if (position < 0).any():
        raise ValueError(
            "'sensitive_features' bound to a scorer must hold every row of X; it lacks "
            f"{(position < 0).sum()} index values, the first {X.index[position < 0][0]!r}. "
            "Give it the index of the whole X."
        )
    return bound.iloc[position]
