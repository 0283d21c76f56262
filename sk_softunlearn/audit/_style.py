"""What the figures share."""

__all__ = ["BLUE", "GREY", "ORANGE", "new_axes", "readable"]

# Okabe and Ito's colours, told apart by colour-blind readers.
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#777777"


def new_axes(ax, **options):
    """Return the axes, new ones where there are none."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(layout="constrained", **options)[1]


def readable(name):
    """Return an objective's name in words."""
    return name.replace("_", " ")
