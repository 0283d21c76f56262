"""Callbacks of scikit-learn, such as its progress bar, where it has them (1.9)."""

from collections.abc import Callable
from contextlib import contextmanager
from typing import TypeVar, cast

from sk_softunlearn._sklearn import callbacks_of, start_fit
from sk_softunlearn._sweeps import followed_by

__all__ = [
    "AS_THEY_COME",
    "CallbackSupportMixin",
    "Tasks",
    "pass_callbacks_on",
    "tell_callbacks",
    "tells_callbacks",
]

Method = TypeVar("Method", bound=Callable)

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:
    SUPPORTED = False

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """No callbacks before scikit-learn 1.9."""
else:
    SUPPORTED = True

#: Of joblib's Parallel: results one by one, which the joblib of older versions cannot.
AS_THEY_COME: dict = {"return_as": "generator"} if SUPPORTED else {}


def tells_callbacks(method: Method) -> Method:
    """Return a method that takes leave of callbacks at its end, also if it fails."""
    return cast(Method, with_callbacks(method)) if SUPPORTED else method


def tell_callbacks(estimator, name, count, work):
    """Do work other than a fit, and tell callbacks how far it is.

    Parameters
    ----------
    estimator : estimator
        With `CallbackSupportMixin`.
    name : str
        What is done.
    count : int
        How many tasks it has at most.
    work : callable
        Called with the `Tasks`.

    Returns
    -------
    result : object
        What `work` returns.
    """

    def run(estimator):
        tasks = Tasks(estimator, count, name)
        result = work(tasks)
        tasks.end()
        return result

    return tells_callbacks(run)(estimator)


def pass_callbacks_on(estimator, other):
    """Have another object tell the callbacks of an estimator too."""
    if SUPPORTED:
        other.set_callbacks(*callbacks_of(estimator))


class _SweepTasks:
    """Tells callbacks of sweeps, as parts of a task.

    Parameters
    ----------
    context : CallbackContext
        Of the task.
    estimator : estimator
        Being fitted.
    """

    def __init__(self, context, estimator):
        self.context = context
        self.estimator = estimator

    @contextmanager
    def sweep(self, purpose, n_rows):
        """Tell of one sweep, from its begin to its end."""
        part = self.context.subcontext(task_name=f"sweep: {purpose}")
        part.call_on_fit_task_begin(estimator=self.estimator)
        yield lambda count: None
        part.call_on_fit_task_end(estimator=self.estimator)


class Tasks:
    """The tasks of one fit, or of other work, of which callbacks are told.

    Parameters
    ----------
    estimator : estimator
        Being fitted, with `CallbackSupportMixin`.
    count : int
        How many tasks there are at most.
    name : str, default="fit"
        What is done.
    """

    def __init__(self, estimator, count, name="fit"):
        self.estimator = estimator
        self.context = None
        if SUPPORTED:
            self.context = start_fit(estimator, count, name)
            self.context.call_on_fit_task_begin(estimator=estimator)

    @contextmanager
    def task(self, name, fitted=None, sweeps=False):
        """Tell of one task, from its begin to its end.

        Parameters
        ----------
        name : str
            What is done.
        fitted : estimator, default=None
            One that is fitted in this task: it tells of its own tasks.
        sweeps : bool, default=False
            Whether its sweeps over rows are tasks of their own, however many they are.
        """
        if self.context is None:
            yield
            return
        part = self.context.subcontext(task_name=name, max_subtasks=None if sweeps else 0)
        part.call_on_fit_task_begin(estimator=self.estimator)
        if sweeps:
            with followed_by(_SweepTasks(part, self.estimator)):
                yield
        elif fitted is None:
            yield
        else:
            with part.propagate_callback_context(fitted):
                yield
        part.call_on_fit_task_end(estimator=self.estimator)

    def over(self, items, count, name):
        """Yield items, the work on each of them being a task.

        Parameters
        ----------
        items : iterable
            What is worked on, or results as they come.
        count : int
            How many there are.
        name : str
            What each is; its number comes after it.
        """
        rest = iter(items)
        for number in range(1, count + 1):
            with self.task(f"{name} {number}"):
                yield next(rest)

    def end(self):
        """Tell that all is done."""
        if self.context is not None:
            self.context.call_on_fit_task_end(estimator=self.estimator)
