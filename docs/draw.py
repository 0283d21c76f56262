"""The figures of the pages, one for light and one for dark paper; run when the pages are built.

``python docs/draw.py`` draws the one of the README, docs/idea.png, which is kept in the repository.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.weights import HardWeights

PAPERS = {
    "light": {"ink": "#1f2328", "low": "#0072b2", "high": "#c44e00", "quiet": "#6e7781"},
    "dark": {"ink": "#e6edf3", "low": "#56b4e9", "high": "#f0a64e", "quiet": "#9198a1"},
}


def unfair(n, seed=0):
    """Rows of two features; those of group b have more of the first."""
    rng = np.random.default_rng(seed)
    group = rng.integers(2, size=n)
    X = rng.normal(size=(n, 2)) + np.outer(group, [1.2, 0.0])
    y = (X.sum(axis=1) + rng.logistic(size=n) > 0.6).astype(int)
    return X, y, group


def gap(model, X, group):
    probability = model.predict_proba(X)[:, 1]
    return probability[group == 1].mean() - probability[group == 0].mean()


def boundary(ax, model, **style):
    (slope, other), offset = model.coef_[0], model.intercept_[0]
    first = np.array([-3.0, 4.0])
    ax.plot(first, -(offset + slope * first) / other, **style)


def scatter(ax, X, y, group, colours, sizes):
    for g, marker in enumerate("o^"):
        mine = group == g
        ax.scatter(*X[mine].T, sizes[mine], colours[mine], marker=marker, alpha=0.85, linewidths=0)


def idea_wide(**colours):
    return idea(1, 3, (10.2, 3.9), **colours)


def idea_tall(**colours):
    return idea(3, 1, (4.2, 12.0), **colours)


def idea(n_rows, n_columns, size, ink, low, high, quiet):
    """What the package does, on rows of two features."""
    X, y, group = unfair(240)
    check = unfair(20_000, seed=1)
    model = LogisticRegression().fit(X, y)
    # The figures show the gap of mean probabilities, which is smooth.
    soft = SoftUnlearner(model, delta=0.8, surrogate="probability")
    soft.fit_influence(
        X, y, X_val=check[0], y_val=check[1], sensitive_features_val=check[2]
    ).compute_weights().unlearn()
    label = np.where(y == 1, high, low)
    scores = soft.influence_["demographic_parity"]
    harm = -scores / np.abs(scores).max()
    figure, axes = plt.subplots(n_rows, n_columns, figsize=size, sharex=True, sharey=True)
    figure.subplots_adjust(hspace=0.5)
    plain = np.full(len(y), 26.0)

    scatter(axes[0], X, y, group, label, plain)
    boundary(axes[0], model, color=ink, lw=2)
    before = gap(model, check[0], check[2])
    axes[0].set_title(f"The model in use\ngap between groups {before:.2f}")

    widen = np.where(scores < 0, high, low)
    scatter(axes[1], X, y, group, widen, 4 + 90 * np.abs(harm))
    boundary(axes[1], model, color=ink, lw=2)
    axes[1].set_title("What every row does to the gap\n(area: how much)")

    scatter(axes[2], X, y, group, label, 26 * (1 + soft.epsilon_))
    boundary(axes[2], model, color=quiet, lw=1.5, ls="--")
    boundary(axes[2], soft.unlearned_estimator_, color=ink, lw=2)
    after = gap(soft.unlearned_estimator_, check[0], check[2])
    axes[2].set_title(f"New weights (area), moved model\ngap between groups {after:.2f}")

    marks = [
        axes[0].scatter([], [], 30, ink, marker=marker, label=f"group {name}")
        for marker, name in zip("o^", "ab", strict=True)
    ]
    for ax, names in zip(axes, [("y = 0", "y = 1"), ("narrows", "widens"), None], strict=True):
        handles = list(marks) if ax is axes[0] else []
        if names:
            handles += [
                ax.scatter([], [], 30, colour, marker="s", label=name)
                for colour, name in zip((low, high), names, strict=True)
            ]
        else:
            handles = ax.plot([], [], color=quiet, ls="--", label="as it was")
            handles += ax.plot([], [], color=ink, lw=2, label="corrected")
        ax.legend(
            handles=handles,
            loc="upper center",
            bbox_to_anchor=(0.5, -0.02),
            ncols=2,
            handletextpad=0.3,
            columnspacing=1.2,
        )
        ax.set(xticks=[], yticks=[], xlim=(-3, 4), ylim=(-3.2, 3.2))
    return figure


def over_unlearning(ink, low, high, quiet):
    """Deleting rows beside weighing them: what a smaller gap costs."""
    X, y, _ = unfair(6000)
    check, test = unfair(6000, seed=1), unfair(20_000, seed=2)
    model = LogisticRegression().fit(X, y)
    soft = SoftUnlearner(model, surrogate="probability").fit_influence(
        X, y, X_val=check[0], y_val=check[1], sensitive_features_val=check[2]
    )
    usual = soft.get_params(deep=False)
    requests = {
        "soft weights, in rounds": [{"delta": d} for d in np.linspace(0.2, 1.0, 5)],
        "rows deleted, one influence step": [
            {"weighting": HardWeights(f), "correction": "influence"}
            for f in (0.05, 0.1, 0.2, 0.3, 0.4)
        ],
        "rows deleted, retrained": [
            {"weighting": HardWeights(f), "correction": "newton"} for f in (0.05, 0.1, 0.2, 0.3)
        ],
    }
    figure, ax = plt.subplots(figsize=(6.6, 3.9))
    styles = [(low, "o", "-"), (quiet, "x", ":"), (high, "s", "--")]
    for (name, asked), (colour, marker, line) in zip(requests.items(), styles, strict=True):
        points = [(gap(model, test[0], test[2]), log_loss(test[1], model.predict_proba(test[0])))]
        for parameters in asked:
            soft.set_params(**(usual | parameters)).compute_weights().unlearn()
            loss = log_loss(test[1], soft.predict_proba(test[0]))
            points.append((gap(soft, test[0], test[2]), loss))
        ax.plot(*np.transpose(points), color=colour, marker=marker, ls=line, label=name)
    ax.plot(*points[0], "D", color=ink, ms=8, label="the model in use")
    ax.axvline(0, color=quiet, lw=0.8)
    ax.set(xlabel="gap of mean probabilities between the groups", ylabel="log loss on new rows")
    ax.invert_xaxis()
    ax.legend(loc="upper left")
    return figure


def trees(ink, low, high, quiet):
    """Boosted trees of one feature: leaves that follow the weights, and trees grown anew."""
    rng = np.random.default_rng(0)
    group = rng.integers(2, size=4000)
    X = (rng.normal(size=4000) + 1.2 * group)[:, None]
    y = (X[:, 0] + np.sin(3 * X[:, 0]) + rng.logistic(size=4000) > 0.6).astype(int)
    model = HistGradientBoostingClassifier(max_iter=8, max_leaf_nodes=4, learning_rate=0.3)
    model.fit(X, y)
    soft = SoftUnlearner(model, delta=0.6, surrogate="probability")
    soft.fit_influence(X, y, sensitive_features=group)
    line = np.linspace(-2.6, 3.8, 2000)[:, None]
    before = model.predict_proba(line)[:, 1]
    steps = line[1:][np.diff(before) != 0, 0]
    figure, axes = plt.subplots(1, 2, figsize=(9.6, 3.6), sharex=True, sharey=True)
    figure.subplots_adjust(wspace=0.08)
    styles = {"replay": ("The leaves follow the weights", low)}
    styles["retrain"] = ("Trees grown anew", high)
    for ax, (correction, (title, colour)) in zip(axes, styles.items(), strict=True):
        soft.set_params(correction=correction).compute_weights().unlearn()
        ax.vlines(steps, 0, 0.05, color=quiet, lw=1)
        ax.plot([], [], "|", color=quiet, ms=9, label="splits of the model in use")
        ax.plot(line, before, color=ink, ls="--", label="as it was")
        ax.plot(line, soft.predict_proba(line)[:, 1], color=colour, lw=2, label="corrected")
        gaps = [gap(each, X, group) for each in (model, soft)]
        ax.set_title("{}\ngap between groups {:.2f}, was {:.2f}".format(title, *reversed(gaps)))
        ax.set(xlabel="the feature", ylim=(0, 1))
    axes[0].set_ylabel("probability of y = 1")
    axes[0].legend(loc="upper left", handlelength=1.5)
    return figure


def cost(ink, low, high, quiet):
    """What a correction costs beside the fit, along rows and columns: `benchmarks/scaling.py`."""
    table = pd.read_csv(Path(__file__).parent / "scaling.csv")
    figure, axes = plt.subplots(1, 2, figsize=(9.6, 3.6), sharey=True)
    figure.subplots_adjust(wspace=0.08)
    panels = {
        "rows, 100 columns": ("wide rows", "n"),
        "columns, 30,000 rows": ("columns", "d"),
    }
    for ax, (label, (axis, along)) in zip(axes, panels.items(), strict=True):
        lines = table[table["axis"] == axis]
        for name, colour, marker in (
            ("correction", low, "o"),
            ("pyinfluence", high, "s"),
            ("fit", ink, "x"),
        ):
            known = lines.dropna(subset=name)
            ax.loglog(known[along], known[name], f"{marker}-", color=colour, label=name)
        ax.set(xlabel=label)
        ax.grid(color=quiet, alpha=0.3)
    axes[0].set_ylabel("seconds, one thread")
    axes[0].legend(loc="upper left")
    return figure


def look(ink):
    """Matplotlib's settings for lines and texts in this ink."""
    lines = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")
    return dict.fromkeys(lines, ink) | {
        "legend.frameon": False,
        "font.size": 10,
        "axes.titlesize": 10.5,
        "svg.hashsalt": "sk_softunlearn",
    }


def draw_all(folder):
    """Write every figure as FOLDER/NAME-light.svg and FOLDER/NAME-dark.svg."""
    Path(folder).mkdir(exist_ok=True)
    for paper, colours in PAPERS.items():
        for figure in (idea_wide, idea_tall, over_unlearning, trees, cost):
            with plt.rc_context(look(colours["ink"])):
                drawn = figure(**colours)
                name = figure.__name__.replace("_", "-")
                path = Path(folder) / f"{name}-{paper}.svg"
                drawn.savefig(path, transparent=True, bbox_inches="tight", metadata={"Date": None})
                plt.close(drawn)


def draw_readme(path):
    """Write the figure of the README, on white paper: it is read on pages of either colour."""
    with plt.rc_context(look(PAPERS["light"]["ink"])):
        drawn = idea_wide(**PAPERS["light"])
        drawn.savefig(path, dpi=110, facecolor="white", bbox_inches="tight")
        plt.close(drawn)


if __name__ == "__main__":
    plt.switch_backend("agg")
    draw_readme(Path(__file__).parent / "idea.png")
