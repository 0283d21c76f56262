"""Building and training of modules."""

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
    """Let PyTorch draw from a seed, and restore its generator afterwards."""
    cards = [device.index or 0] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cards):
        torch.manual_seed(seed)
        yield


def build(module, params, sizes):
    """Return a new module: a copy of the given one, or a new one from a factory.

    Parameters
    ----------
    module : nn.Module or callable
        A factory is called with `params`, and with the entries of `sizes` that it accepts.
    params : dict or None
        Its arguments by name.
    sizes : dict of str to int
        `n_features` and `n_outputs`.

    Returns
    -------
    module : nn.Module
        It shares no parameters with the given one.
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
    """Settings of a training.

    Parameters
    ----------
    optimizer : "adam", "adamw" or "sgd"
        Method of the steps. "sgd" has a momentum of 0.9.
    lr : float
        Learning rate.
    weight_decay : float
        Weight decay, as the optimizer takes it.
    schedule : "constant" or "one_cycle"
        "constant" keeps `lr`. "one_cycle" rises to `lr` and falls again (Smith and Topin 2019).
    epochs : int
        Passes over the rows.
    batch_size : int
        Number of rows in a step.
    device : torch.device
        Device of the training.
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

        It minimises `sum_i w_i loss_i / sum_i w_i` with weight decay.

        Parameters
        ----------
        module : nn.Module
            Parameters with `requires_grad` are trained.
        inputs : ndarray of shape (n, ...)
            Rows.
        target : ndarray of shape (n,)
            Class indices.
        weight : ndarray of shape (n,)
            Weights, not all 0. A row of weight 0 still counts in batch normalisation.
        left : ndarray of shape (n, K), default=None
            Slopes that the first training left. If they are given, the module is trained in
            evaluation mode: the state stays and there is no dropout. The objective of a row is
            then `w_i loss_i(z_i) - left_i . z_i`.

        Returns
        -------
        module : nn.Module
            The same object.
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
        """Return the positions of the rows of every step; none has one row alone."""
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
    """Continue the training of a module in place, in one cycle without weight decay.

    Parameters
    ----------
    classifier : TorchClassifier
        Gives the optimizer, `lr`, the batch size and the seed.
    module : nn.Module
        A trained network.
    n_epochs : int
        Passes over the rows.
    *rows : ndarray
        Inputs, class indices, weights and the slopes `left`, as `Training.run` takes them.
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
    """Return a copy of a module with newly drawn parameters."""
    fresh = deepcopy(module)
    with seeded(seed, device):
        for layer in fresh.modules():
            if hasattr(layer, "reset_parameters"):
                layer.reset_parameters()
    return fresh
