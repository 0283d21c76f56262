"""What every display answers for."""

from abc import ABC, abstractmethod
from typing import Any, Self

import pandas as pd

from sk_softunlearn._sklearn import check_matplotlib_support

__all__ = ["Display"]


class Display(ABC):
    """Values, a table of the numbers that are drawn, and the figure.

    A subclass is a dataclass of the values, with keywords only. It writes `frame` and `draw`. Its
    class methods compute the values and return a display that is plotted.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes that were drawn on last.
    figure_ : matplotlib Figure
        Figure that contains them.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import pandas as pd
    >>> from sk_softunlearn.audit import Display
    >>> @dataclass(kw_only=True, eq=False, repr=False)
    ... class GapsDisplay(Display):
    ...     gaps: dict
    ...
    ...     def frame(self):
    ...         return pd.DataFrame({"gap": self.gaps})
    ...
    ...     def draw(self, ax, **bar_kw):
    ...         self.bars_ = ax.bar(list(self.gaps), list(self.gaps.values()), **bar_kw)
    >>> display = GapsDisplay(gaps={"before": 0.25, "after": 0.125})
    >>> display.frame()
              gap
    before  0.250
    after   0.125
    >>> display = display.plot(color="black")
    >>> len(display.bars_), display.ax_ in display.figure_.axes
    (2, True)
    """

    ax_: Any
    figure_: Any

    @abstractmethod
    def frame(self) -> pd.DataFrame:
        """Return the numbers that are drawn, a DataFrame."""

    @abstractmethod
    def draw(self, ax, **style):
        """Draw on axes; `style` goes to matplotlib."""

    def plot(self, ax=None, **style) -> Self:
        """Draw on the axes given, or on new ones.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None: new ones.
        **style : dict
            Passed on to `draw`, which says what it takes.

        Returns
        -------
        display : Display
            The same display, with `ax_` and `figure_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots(layout="constrained")
        self.draw(ax, **style)
        self.ax_, self.figure_ = ax, ax.figure
        return self
