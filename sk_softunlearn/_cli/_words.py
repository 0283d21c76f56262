"""Sentences of the estimator in the words of the command line."""

import re

__all__ = ["in_options"]

OPTIONS = {
    "correction": "--correction",
    "delta": "--delta",
    "guards": "--guard",
    "layers": "--layers",
    "metric": "--metric",
    "min_group_rows": "--min-group",
    "n_rounds": "--rounds",
    "objective": "--objective",
    "pos_label": "--positive",
    "sample_weight": "--sample-weight",
    "sensitive_features": "--sensitive",
    "surrogate": "--surrogate",
}
# What is said of parameters that are no options here.
PHRASES = [
    (" with bounds (-1.0, None) and no guards", ""),
    (" with bounds (-1.0, None) and the guards", " with the guards"),
    (", or loosen 'bounds' or 'guards'", ", or loosen 'guards'"),
    ("Loosen 'bounds' or 'guards', allow more rounds", "Loosen 'guards', allow more 'n_rounds'"),
    ("Loosen 'bounds', allow more rounds", "Allow more 'n_rounds'"),
    (", or loosen 'bounds'", ""),
    ("'guards' were exceeded", "Guards were exceeded"),
    ("further than 'max_improvement' allows", "too far"),
    ("Use DemographicParity(per_class=True), or guard it.", ""),
    ("pass the rows and the sample_weight that", "give the rows and the 'sample_weight' that"),
]
NAME = "|".join(OPTIONS)
ASSIGNED = re.compile(rf"'?\b({NAME})\b'?='?(\d[\d.]*\d|\w+)'?")
QUOTED = re.compile(rf"'({NAME})'")


def in_options(sentence):
    """Return a sentence about parameters as one about options.

    Parameters
    ----------
    sentence : str
        As `SoftUnlearner` says it: "Use n_rounds=10."

    Returns
    -------
    sentence : str
        "Use --rounds 10."
    """
    for phrase, told in PHRASES:
        sentence = sentence.replace(phrase, told)
    sentence = ASSIGNED.sub(lambda found: f"{OPTIONS[found[1]]} {found[2]}", sentence)
    return QUOTED.sub(lambda found: OPTIONS[found[1]], sentence)
