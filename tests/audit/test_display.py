"""Display: the protocol of the displays, by a display of one's own."""

import sys
from dataclasses import dataclass

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest

from sk_softunlearn.audit import Display

mpl.use("Agg")


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


@dataclass(kw_only=True, eq=False, repr=False)
class LineDisplay(Display):
    heights: list

    def frame(self):
        return pd.DataFrame({"height": self.heights})

    def draw(self, ax, **line_kw):
        (self.line_,) = ax.plot(self.heights, **line_kw)


def test_it_is_drawn_on_given_or_new_axes():
    display = LineDisplay(heights=[1.0, 3.0])
    assert not plt.get_fignums()
    assert display.plot(color="red") is display
    assert display.line_.get_color() == "red"
    assert display.line_.axes is display.ax_
    assert display.ax_ in display.figure_.axes
    figure, (_, ax) = plt.subplots(1, 2)
    display.plot(ax)
    assert display.line_.axes is display.ax_ is ax
    assert display.figure_ is figure
    assert len(plt.get_fignums()) == 2
    with pytest.raises(TypeError, match="abstract"):
        Display()


def test_values_are_tabulated_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    display = LineDisplay(heights=[1.0, 3.0])
    assert display.frame()["height"].tolist() == [1.0, 3.0]
    with pytest.raises(ImportError, match=r"LineDisplay\.plot requires matplotlib"):
        display.plot()
