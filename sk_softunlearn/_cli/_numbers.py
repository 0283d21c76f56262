"""Numbers as people write them: decimal commas, thousands, currencies, percent."""

import re

__all__ = ["MARKS", "are_plain", "may_be_thousands", "readings", "seems_number"]

MARKS = (".", ",")
LONGEST = 50
SPACES = " \u00a0\u2009\u202f"
# What stands between thousands beside the other mark.
GAPS = f"{SPACES}'\u2019"
MINUS = "-\u2212\u2013"
CURRENCY = (
    r"(?:[A-Z]{0,3}[$\u00a2-\u00a5\u20a0-\u20bf]|USD|EUR|GBP|CHF|JPY|CAD|AUD|SEK|NOK|DKK|PLN|CZK"
    r"|INR|CNY|BRL|MXN|ZAR|kr\.?|z\u0142|K\u010d|Ft|Rs\.?|Fr\.?)"
)
PERCENT = "%"


def _pattern(mark):
    """Return the expression for a number with this decimal mark."""
    other = MARKS[1 - MARKS.index(mark)]
    whole = rf"[1-9][0-9]{{0,2}}(?P<gap>[{other}{GAPS}])[0-9]{{3}}(?:(?P=gap)[0-9]{{3}})*|[0-9]+"
    if mark == ".":
        # Lakh and crore.
        whole = rf"[1-9][0-9]?(?:,[0-9]{{2}})+,[0-9]{{3}}|{whole}"
    # A dash after the mark stands for no cents.
    part = rf"\{mark}(?:[0-9]+|--?|[\u2013\u2014])?"
    number = rf"(?:(?:{whole})(?:{part})?|\{mark}[0-9]+)(?:[eE][-+\u2212]?[0-9]+)?"
    pieces = [
        r"(?P<opened>\()?",
        rf"(?P<sign>[{MINUS}+])?",
        rf"(?P<before>{CURRENCY})?",
        rf"(?P<second>[{MINUS}+])?",
        rf"(?P<number>{number})",
        rf"(?P<after>{CURRENCY}|{PERCENT})?",
        rf"(?P<third>[{MINUS}])?",
        r"(?P<closed>\))?",
    ]
    return re.compile(rf"[{SPACES}]*".join(pieces))


WRITTEN = {mark: _pattern(mark) for mark in MARKS}
SIMPLE = {
    mark: re.compile(rf"-?(?:[0-9]+(?:\{mark}[0-9]+)?|\{mark}[0-9]+)(?:e[-+]?[0-9]+)?")
    for mark in MARKS
}
SEEMING = re.compile(
    rf"\(?[{MINUS}+]?{CURRENCY}?[{MINUS}+{SPACES}]*[0-9][0-9.,{GAPS}]*(?:{CURRENCY}|{PERCENT})?-?\)?"
)
THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
WHOLE = re.compile(r"[-+]?[0-9]+")
PLAIN = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


def readings(texts):
    """Find out which decimal marks the cells of a column can have.

    Parameters
    ----------
    texts : sequence of str
        Its different cells, without blanks around them.

    Returns
    -------
    found : dict of str to list of str
        From each mark that all cells can have to their numbers, as Python writes them. Empty: these
        are no numbers, or not written in one way. Some with a percent sign and some without, or in
        different currencies, are not.
    """
    found = {mark: _read_all(texts, mark) for mark in MARKS}
    return {mark: plain for mark, plain in found.items() if plain}


def _read_all(texts, mark):
    # Most columns have neither thousands nor units, and can have very many cells.
    if all(map(SIMPLE[mark].fullmatch, texts)):
        return [text.replace(mark, ".") for text in texts]
    plain, units = [], set()
    for text in texts:
        found = _read(text, mark)
        if found is None:
            return None
        plain.append(found[0])
        units.add(found[1])
    # Amounts of one currency may come without it, but 5 is not 5 %.
    alike = len(units - {""}) <= 1 and not {"", PERCENT} <= units
    return plain if alike else None


def _read(text, mark):
    """Return a number as Python writes it, and its unit; None where it is none."""
    found = WRITTEN[mark].fullmatch(text) if len(text) <= LONGEST else None
    if found is None or bool(found["opened"]) != bool(found["closed"]):
        return None
    signs = [found[name] for name in ("sign", "second", "third") if found[name]]
    signs += ["-"] * bool(found["opened"])
    if len(signs) > 1:
        return None
    number, _, power = found["number"].replace("E", "e").partition("e")
    number = re.sub(rf"[^0-9\{mark}]", "", number).replace(mark, ".")
    power = f"e{power}".replace("\u2212", "-") if power else ""
    minus = "-" if signs and signs[0] in MINUS else ""
    return f"{minus}{number}{power}", f"{found['before'] or ''}{found['after'] or ''}"


def seems_number(text):
    """Whether a cell is meant as a number, even if it cannot be read as one."""
    if len(text) > LONGEST:
        return False
    return SEEMING.fullmatch(text) is not None or any(_read(text, mark) for mark in MARKS)


def are_plain(texts):
    """Whether all cells are written as Python writes numbers."""
    return all(map(PLAIN.fullmatch, texts))


def may_be_thousands(texts):
    """Whether the points of plain numbers may stand between thousands, as in 1.234 for 1234."""
    return any(map(THOUSANDS.fullmatch, texts)) and all(
        THOUSANDS.fullmatch(text) or WHOLE.fullmatch(text) for text in texts
    )
