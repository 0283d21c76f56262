"""Arrays of other libraries, such as PyTorch and CuPy."""

import numpy as np

__all__ = ["array_library", "in_numpy"]

# What users pass instead of an array that numpy cannot read.
ADVICE = {"torch": "np.asarray({name}.detach().cpu())", "cupy": "{name}.get()"}


def in_numpy(values, name):
    """Return an array of another library as an ndarray, and everything else unchanged.

    Parameters
    ----------
    values : object
        Argument of a user. An array in the memory of this machine is not copied.
    name : str
        Name of the parameter.

    Returns
    -------
    values : object
        An ndarray in place of an array of the array API standard, or of a torch Tensor.

    Raises
    ------
    TypeError
        If numpy cannot read the array, because it is on another device or needs gradients.
    """
    library = array_library(values)
    if library is None:
        return values
    try:
        return np.asarray(values)
    except (TypeError, ValueError, RuntimeError, BufferError) as error:
        what = f"{library}.{type(values).__name__}"
        advice = ADVICE.get(library, "np.asarray of a copy of {name} in main memory")
        raise TypeError(
            f"'{name}' must be an array that numpy can read where it is, got a {what} that it "
            f"cannot. Pass {advice.format(name=name)}."
        ) from error


def array_library(values):
    """Return the library of an array, and None for everything that numpy reads.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn._sweeps._arrays import array_library
    >>> print(array_library(np.ones(2)))
    None
    """
    library = type(values).__module__.partition(".")[0]
    # A Tensor follows the array API standard, but has no `__array_namespace__`.
    tensor = library == "torch" and hasattr(values, "detach")
    foreign = not isinstance(values, np.ndarray | np.generic)
    return library if foreign and (tensor or hasattr(values, "__array_namespace__")) else None
