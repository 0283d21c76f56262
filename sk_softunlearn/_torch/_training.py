"""Modules made and trained."""

import logging
from collections.abc import Callable
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from inspect import signature

import torch
from sklearn.utils import check_random_state
from torch import nn
from torch.nn import functional as F

from sk_softunlearn._torch._forward import as_batch, find_device, logits

__all__ = ["Training", "build", "redrawn", "seeded", "train_on"]

logger = logging.getLogger("sk_softunlearn")


@contextmanager
def seeded(seed, device):
    """Let PyTorch draw from a seed, and go on as if nothing had been drawn."""
    cards = [device.index or 0] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cards):
        torch.manual_seed(seed)
        yield


def build(module, params, sizes):
    """Return a new module: a copy of one, or what a factory makes.

    Parameters
    ----------
    module : nn.Module or callable
        A factory is called with `params`, and with those of `sizes` that it has parameters for.
    params : dict or None
        Its arguments by name.
    sizes : dict of str to int
        `n_features` and `n_outputs`.

    Returns
    -------
    module : nn.Module
        It shares nothing with the given one.
    """
    if isinstance(module, nn.Module):
        return deepcopy(module)
    wanted = signature(module).parameters
    known = {name: size for name, size in sizes.items() if name in wanted}
    made = module(**(known | (params or {})))
    if not isinstance(made, nn.Module):
        raise ValueError(
            f"'module' must be an nn.Module, or a callable that returns one, got {module!r}, which "
            f"returns a {type(made).__name__}. Return the network."
        )
    return made


@dataclass(frozen=True)
class Training:
    """How a module is trained.

    Parameters
    ----------
    optimizer : "adam", "adamw" or "sgd"
        Whose steps; "sgd" has a momentum of 0.9.
    lr : float
        Length of a step.
    weight_decay : float
        As the optimizer takes it.
    schedule : "constant" or "one_cycle"
        Whether `lr` is held, or reached and left again in one cycle (Smith and Topin 2019).
    epochs : int
        Passes over the rows.
    batch_size : int
        Rows of a step.
    device : torch.device
        Where.
    progress : callable or None
        Called as `progress(epoch, epochs, loss)` at the end of every epoch.
    """

    optimizer: str
    lr: float
    weight_decay: float
    schedule: str
    epochs: int
    batch_size: int
    device: torch.device
    progress: Callable | None = None

    def run(self, module, inputs, target, weight, left=None):
        """Train a module in place, and leave it in evaluation mode.

        What is minimised is `sum_i w_i loss_i / sum_i w_i`, and the weight decay.

        Parameters
        ----------
        module : nn.Module
            Parameters with `requires_grad` are trained.
        inputs : ndarray of shape (n, ...)
            Rows.
        target : ndarray of shape (n,)
            Class indices.
        weight : ndarray of shape (n,)
            Weights, not all 0; a row of weight 0 still counts where a batch is normalised.
        left : ndarray of shape (n, K), default=None
            With it the module is trained on in evaluation mode, without a new state and without
            dropout, and `w_i loss_i` is `w_i loss_i(z_i) - left_i . z_i`.

        Returns
        -------
        module : nn.Module
            The same.
        """
        module.to(self.device)
        optimizer = self._optimizer([p for p in module.parameters() if p.requires_grad])
        schedule = self._schedule(optimizer, len(target))
        share, mean = weight / weight.mean(), weight.mean()
        for epoch in range(self.epochs):
            module.train(left is None)
            total = 0.0
            for rows in self._order(len(target)):
                x = as_batch(inputs[rows], module, self.device)
                y = torch.as_tensor(target[rows], device=self.device)
                z = logits(module(x))
                losses = _losses(z, y) * torch.as_tensor(share[rows]).to(z)
                if left is not None:
                    losses = losses - (z * torch.as_tensor(left[rows] / mean).to(z)).sum(1)
                loss = losses.mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                total += float(loss.detach()) * len(rows) / len(target)
            logger.info("epoch %d of %d: %.6g", epoch + 1, self.epochs, total)
            if self.progress is not None:
                self.progress(epoch + 1, self.epochs, total)
        return module.eval()

    def _order(self, n_rows):
        """Return the positions of every step's rows; no step has one row alone."""
        steps = list(torch.randperm(n_rows).split(self.batch_size))
        if len(steps) > 1 and len(steps[-1]) == 1:
            # Batch normalisation has no variance of one row.
            steps[-2:] = [torch.cat(steps[-2:])]
        return [step.numpy() for step in steps]

    def _optimizer(self, params):
        if self.optimizer == "sgd":
            return torch.optim.SGD(params, lr=self.lr, momentum=0.9, weight_decay=self.weight_decay)
        kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[self.optimizer]
        return kind(params, lr=self.lr, weight_decay=self.weight_decay)

    def _schedule(self, optimizer, n_rows):
        if self.schedule == "constant":
            return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)
        steps = self.epochs * -(-n_rows // self.batch_size)
        return torch.optim.lr_scheduler.OneCycleLR(optimizer, self.lr, total_steps=steps + 1)


def train_on(classifier, module, n_epochs, *rows):
    """Train a module on in place, as a TorchClassifier does, in one cycle without weight decay.

    Parameters
    ----------
    classifier : TorchClassifier
        Whose optimizer, `lr`, batches and seed are taken.
    module : nn.Module
        Trained already.
    n_epochs : int
        Passes over the rows.
    *rows : ndarray
        Inputs, class indices, weights and what training left, as `Training.run` takes them.
    """
    names = ("optimizer", "lr", "batch_size", "progress")
    training = Training(
        **{name: getattr(classifier, name) for name in names},
        weight_decay=0.0,
        schedule="one_cycle",
        epochs=n_epochs,
        device=find_device(classifier.device),
    )
    seed = check_random_state(classifier.random_state).randint(2**31 - 1)
    with seeded(seed, training.device):
        training.run(module, *rows)


def _losses(z, target):
    """Return the log loss of every row, of shape (b,)."""
    if z.shape[1] == 1:
        return F.binary_cross_entropy_with_logits(z[:, 0], target.to(z.dtype), reduction="none")
    return F.cross_entropy(z, target, reduction="none")


def redrawn(module, seed, device):
    """Return a copy of a module whose layers have drawn their parameters anew."""
    fresh = deepcopy(module)
    with seeded(seed, device):
        for layer in fresh.modules():
            if hasattr(layer, "reset_parameters"):
                layer.reset_parameters()
    return fresh
