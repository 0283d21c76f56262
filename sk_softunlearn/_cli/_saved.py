"""Models that a user has fitted and saved."""

from pathlib import Path

import joblib
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from sk_softunlearn._cli._errors import BadInputError, quoted, shortened
from sk_softunlearn._cli._models import BOOSTING
from sk_softunlearn._cli._outcome import MOST_LEVELS, choose_favourable, level_keys
from sk_softunlearn._cli._roles import column, factorized
from sk_softunlearn._writing import writing
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.persistence import TRUSTED_TYPES
from sk_softunlearn.views import find_head, view_type

__all__ = [
    "check_writable",
    "feature_names",
    "label_of_each",
    "load_model",
    "save_model",
]

SKOPS, JOBLIB = ".skops", ".joblib"
TRUTH = [{"False", "True"}, {"0.0", "1.0"}]
# In every SimpleImputer; it holds no code.
DTYPE = "numpy.dtype"
MOST_NAMES = 20


def load_model(path, trusted=(), layers="last"):
    """Load a fitted classifier or Pipeline that can be corrected.

    Parameters
    ----------
    path : str or Path
        A .skops or a .joblib file; the latter runs what is in it.
    trusted : sequence of str, default=()
        Types that a .skops file may hold beside those that skops knows.
    layers : "last" or "all", default="last"
        Which layers of a network are to be corrected.

    Returns
    -------
    model : estimator
        Of two classes.

    Raises
    ------
    BadInputError
        With the sentence for the user.
    """
    path = Path(path)
    if not path.is_file():
        raise BadInputError(f"--model {path}: there is no such file, or it is no regular one.")
    if path.suffix == SKOPS:
        model = _from_skops(path, [DTYPE, *TRUSTED_TYPES, *trusted])
    else:
        model = _from_joblib(path)
    # Not every classifier derives from scikit-learn's: CatBoost's does not.
    if isinstance(model, type) or not hasattr(model, "get_params"):
        raise BadInputError(
            f"--model {path} holds a {type(model).__name__}: save a fitted classifier or Pipeline."
        )
    try:
        view_type(model, layers)
        check_is_fitted(find_head(model).classifier)
    except UnsupportedEstimatorError as error:
        raise BadInputError(f"--model {path}: {error}") from None
    except NotFittedError:
        raise BadInputError(f"--model {path} is not fitted: fit it before it is saved.") from None
    classes = getattr(find_head(model).classifier, "classes_", None)
    if classes is None:
        raise BadInputError(f"--model {path} holds a model without its classes: save it again.")
    if len(classes) != 2:
        raise BadInputError(
            f"--model {path} has {len(classes)} classes ({', '.join(map(str, classes))}): the "
            "command line corrects models of two; use SoftUnlearner with 'pos_label' for more."
        )
    return model


def _from_skops(path, trusted):
    try:
        from skops.io import get_untrusted_types, load
    except ImportError:
        raise BadInputError(f"{path} needs skops: run pip install skops.") from None
    try:
        unknown = sorted(set(get_untrusted_types(file=path)) - set(trusted))
        if unknown:
            raise BadInputError(
                f"--model {path} holds types that skops does not know, {', '.join(unknown)}: if "
                f"you trust them, say --trust {','.join(unknown)}."
            )
        return load(path, trusted=trusted)
    except ImportError as error:
        raise _missing(path, error) from None
    except BadInputError:
        raise
    except Exception as error:
        # A damaged file may raise anything.
        raise _unreadable(path, error) from None


def _from_joblib(path):
    try:
        return joblib.load(path)
    except ImportError as error:
        raise _missing(path, error) from None
    except Exception as error:
        # Unpickling runs what is in the file, which may raise anything.
        raise _unreadable(path, error) from None


def _missing(path, error):
    advice = "put it on PYTHONPATH."
    library = (error.name or "").partition(".")[0]
    if library in BOOSTING:
        advice = f"run pip install {library}."
    return BadInputError(f"--model {path}: {error}: {advice}")


def _unreadable(path, error):
    reason = ": ".join([type(error).__name__, *str(error).splitlines()[:1]])
    return BadInputError(f"--model {path} cannot be loaded: {reason}")


def feature_names(model, frame, choices, refused):
    """Return the columns that a model was fitted on.

    Parameters
    ----------
    model : estimator
        Fitted.
    frame : DataFrame
        Its training table.
    choices : list of list of str
        The columns that a model without names may have been fitted on; the first that has as many
        is taken.
    refused : set of str
        Columns that the user says are no features.

    Returns
    -------
    names : list of str
        In the order of the fit.
    named : bool
        Whether the model knows them by name.
    """
    names = _names_in(model, frame)
    if names is not None:
        for name in names:
            column(frame, name.strip(), "The model needs the column")
            if name.strip() in refused:
                raise BadInputError(f"The model was fitted with the column {name}: keep it.")
        return list(names), True
    names = choices[0]
    # CatBoost forgets the number when it is saved.
    known = getattr(model, "feature_names_", None)
    count = getattr(model, "n_features_in_", len(names)) if known is None else len(known)
    fitting = next((each for each in choices if len(each) == count), None)
    if fitting is None:
        listed = ", ".join(map(shortened, names[:MOST_NAMES])) + ", ..." * (len(names) > MOST_NAMES)
        raise BadInputError(
            f"The model was fitted on {count} columns without names, the table has {len(names)} "
            f"beside the target and the sensitive columns ({listed}): leave the others out with "
            "--exclude."
        )
    return fitting, False


def _names_in(model, frame):
    """Return the names that a model has seen, as the table has them; None if it has seen none."""
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        # CatBoost's, which numbers columns without names.
        names = getattr(model, "feature_names_", None)
        return None if names == [str(k) for k in range(len(names or []))] else names
    if not any(kind.__module__.partition(".")[0] == "lightgbm" for kind in type(model).__mro__):
        return names
    # It writes blanks in names as underscores.
    written = {name.replace(" ", "_"): name for name in map(str, frame.columns)}
    return [name if name in frame else written.get(name, name) for name in names]


def label_of_each(model, outcome, target, positive=None):
    """Find what the model calls the values of the target.

    Parameters
    ----------
    model : estimator
        Fitted, of two classes.
    outcome : Series
        The column.
    target : str
        Its name.
    positive : str, default=None
        The favourable value; None: the one of two values that obviously is.

    Returns
    -------
    favourable : str
        As it is written in the table.
    labels : dict
        From the key of each value to the class.
    label : label
        The favourable class.
    """
    classes = find_head(model).classifier.classes_
    called = dict(zip(level_keys(classes), classes, strict=True))
    _, values = factorized(outcome.dropna(), f"--target {target}")
    known = set(level_keys(values)) <= set(called)
    if not known and set(called) not in TRUTH:
        raise BadInputError(
            f"--target {target} has the values {quoted(values[:MOST_LEVELS])}, which are not the "
            f"classes of the model, {quoted(classes.tolist())}."
        )
    favourable, keys, chosen = choose_favourable(outcome, target, positive)
    if known:
        return favourable, called, called[chosen]
    return favourable, {key: classes[int(key == chosen)] for key in keys}, classes[1]


def check_writable(path):
    """Refuse a file that a model cannot be saved to.

    Parameters
    ----------
    path : Path
        Where.
    """
    if path.suffix == SKOPS:
        from importlib.util import find_spec

        if find_spec("skops") is None:
            raise BadInputError(f"{path} needs skops: run pip install skops, or end it in .joblib.")
    elif path.suffix != JOBLIB:
        raise BadInputError(f"--save {path} must end in .skops or .joblib.")


def save_model(model, path):
    """Write a model.

    Parameters
    ----------
    model : estimator
        Fitted.
    path : Path
        Ends in .skops or .joblib.
    """
    with writing(path) as file:
        if path.suffix == SKOPS:
            from skops.io import dump

            dump(model, file)
        else:
            joblib.dump(model, file)
