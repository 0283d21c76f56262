"""CatBoost's boosting."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from sk_softunlearn.views._trees._boosting import Rule
from sk_softunlearn.views._trees._ensemble import BoostedEnsemble, refuse_settings
from sk_softunlearn.views._trees._leaves import Structure

__all__ = ["CatBoost"]

# Settings under which leaves are made by other rules, or bound; and what they may be.
SETTINGS = {
    ("loss_function", "objective"): ("Logloss", "MultiClass"),
    ("monotone_constraints",): (),
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
        self.structure = Structure(np.repeat(counts, n_outputs), n_outputs, n_outputs)
        self.counts = counts
        self.scale, _ = classifier.get_scale_and_bias()

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
        )

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
