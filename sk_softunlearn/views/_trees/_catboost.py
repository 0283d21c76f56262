"""CatBoost's boosting."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from sk_softunlearn.views._trees._chains import chains_of
from sk_softunlearn.views._trees._ensemble import BoostedEnsemble, refuse_settings
from sk_softunlearn.views._trees._leaves import Structure
from sk_softunlearn.views._trees._rule import Rule

__all__ = ["CatBoost"]

# Settings under which leaves are made by other rules, or bound; and what they may be.
SETTINGS = {
    ("loss_function", "objective"): ("Logloss", "MultiClass"),
    ("langevin",): (False,),
    ("posterior_sampling",): (False,),
}


class CatBoost(BoostedEnsemble):
    """The trees of a CatBoostClassifier.

    Parameters
    ----------
    classifier : CatBoostClassifier
        Fitted.
    """

    package = "catboost"
    names = ("CatBoostClassifier",)
    more_rows = "a larger 'min_data_in_leaf' or a smaller 'depth'"

    def __init__(self, classifier):
        super().__init__(classifier)
        self.settings = classifier.get_all_params()
        counts = np.array(classifier.get_tree_leaf_counts(), dtype=int)
        n_outputs = len(classifier.get_leaf_values()) // int(counts.sum())
        sizes = np.repeat(counts, n_outputs)
        self.structure = Structure(sizes, n_outputs, n_outputs, self._orders())
        self.counts = counts
        self.scale, _ = classifier.get_scale_and_bias()

    def _orders(self):
        """Return the monotone constraints by tree; () without any. There are none of classes."""
        signs = self.settings.get("monotone_constraints")
        if not signs:
            return ()
        with TemporaryDirectory() as folder:
            path = Path(folder, "model.json")
            self.classifier.save_model(str(path), format="json")
            model = json.loads(path.read_text())
        columns = [each["flat_feature_index"] for each in model["features_info"]["float_features"]]
        return [
            chains_of([signs.get(_column(split, columns), 0) for split in tree["splits"]])
            for tree in model["oblivious_trees"]
        ]

    @classmethod
    def check(cls, classifier):
        refuse_settings(classifier, SETTINGS)

    def rule(self, target, weight):
        settings = self.settings
        return Rule(
            float(settings["learning_rate"]),
            l2=float(settings["l2_leaf_reg"]),
            l2_by_mean=True,
            steps=int(settings["leaf_estimation_iterations"]),
            prior=bool(settings.get("boost_from_average", False)),
            shrink=self._shrink,
        )

    @property
    def _shrink(self):
        """What every tree multiplies the sum of those before it with; 1.0 by default."""
        if self.settings.get("model_shrink_mode", "Constant") != "Constant":
            return 1.0
        rate = float(self.settings.get("model_shrink_rate", 0.0))
        return 1.0 - rate * float(self.settings["learning_rate"])

    @property
    def values(self):
        # By tree and leaf, the outputs side by side; here by tree and output.
        n_outputs = self.structure.n_outputs
        flat = np.asarray(self.classifier.get_leaf_values()).reshape(-1, n_outputs) * self.scale
        parts = np.split(flat, np.cumsum(self.counts)[:-1])
        return np.concatenate([part.T.ravel() for part in parts])

    def store(self, values):
        n_outputs, starts = (
            self.structure.n_outputs,
            self.structure.starts[:: self.structure.shared],
        )
        parts = np.split(values / self.scale, starts[1:-1])
        flat = np.concatenate([part.reshape(n_outputs, -1).T.ravel() for part in parts])
        # The model inside a copy, or one that was unpickled, cannot be changed before it was read.
        with TemporaryDirectory() as folder:
            path = str(Path(folder, "model.cbm"))
            self.classifier.save_model(path)
            self.classifier.load_model(path)
        self.classifier.set_leaf_values(flat)

    def find(self, X):
        return np.asarray(self.classifier.calc_leaf_indexes(X))

    def raw(self, X):
        raw = np.asarray(self.classifier.predict(X, prediction_type="RawFormulaVal"))
        return raw.reshape(len(raw), -1)

    def row_factor(self, target, sample_weight):
        weights = self.settings.get("class_weights")
        return np.ones(len(target)) if weights is None else np.array(weights)[target]

    def restore(self, classifier, settings):
        """Leave the settings: CatBoost lets none of a fitted model be changed."""

    def plain(self):
        weights = ("class_weights", "auto_class_weights", "scale_pos_weight")
        stops = ("early_stopping_rounds", "od_type", "od_wait", "od_pval", "use_best_model")
        aliases = ("n_estimators", "num_boost_round", "num_trees")
        grown = {"iterations": len(self.counts)}
        return dict.fromkeys((*weights, *stops, *aliases)) | grown

    def told(self):
        categories = self.classifier.get_cat_feature_indices()
        given = self.classifier.get_params().get("cat_features")
        return {"cat_features": categories} if categories and given is None else {}


def _column(split, columns):
    """Return the column that a split looks at, as settings name it; None of categories."""
    place = split.get("float_feature_index")
    return None if place is None else str(columns[place])
