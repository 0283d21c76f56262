"""What the figures share."""

__all__ = ["BLUE", "GREY", "ORANGE", "plain", "readable"]

# Okabe and Ito's colours, told apart by colour-blind readers.
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#777777"


def plain(text):
    """Return a text as matplotlib must read it to show it as it is."""
    # A dollar sign would begin a formula.
    return text.replace("$", r"\$")


def readable(name):
    """Return an objective's name in words."""
    return name.replace("_", " ")
