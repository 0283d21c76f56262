"""Fitted classifiers as linearised views: the only part that knows scikit-learn's estimators."""

from sk_softunlearn.views._base import View
from sk_softunlearn.views._head import (
    Head,
    find_head,
    fit_head,
    is_frozen,
    replace_head,
    seeded_clone,
    unfreeze,
)
from sk_softunlearn.views._jacobian import LinearJacobian
from sk_softunlearn.views._layer import Layer
from sk_softunlearn.views._linear import LinearView
from sk_softunlearn.views._linear_svc import LinearSVCView
from sk_softunlearn.views._logistic import LogisticView
from sk_softunlearn.views._mlp import MLPView
from sk_softunlearn.views._mlp_head import MLPHeadView
from sk_softunlearn.views._network import NetworkJacobian
from sk_softunlearn.views._one_versus_rest import OneVersusRestView
from sk_softunlearn.views._optional import PROXIMAL_SHARE
from sk_softunlearn.views._reading import (
    class_weight_factor,
    read_rows,
    read_target,
    refuse_several_labels,
)
from sk_softunlearn.views._registry import read_view, register_view, view_type
from sk_softunlearn.views._ridge import RidgeView
from sk_softunlearn.views._sgd import SGDView
from sk_softunlearn.views._support_jacobian import SupportJacobian
from sk_softunlearn.views._torch_head import TorchHeadView
from sk_softunlearn.views._torch_network import TorchView
from sk_softunlearn.views._trees._boosted_view import BoostedTreesView
from sk_softunlearn.views._trees._forest_view import ForestView

__all__ = [
    "PROXIMAL_SHARE",
    "BoostedTreesView",
    "ForestView",
    "Head",
    "Layer",
    "LinearJacobian",
    "LinearSVCView",
    "LinearView",
    "LogisticView",
    "MLPHeadView",
    "MLPView",
    "NetworkJacobian",
    "OneVersusRestView",
    "RidgeView",
    "SGDView",
    "SupportJacobian",
    "TorchHeadView",
    "TorchView",
    "View",
    "class_weight_factor",
    "find_head",
    "fit_head",
    "is_frozen",
    "read_rows",
    "read_target",
    "read_view",
    "refuse_several_labels",
    "register_view",
    "replace_head",
    "seeded_clone",
    "unfreeze",
    "view_type",
]
