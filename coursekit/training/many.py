"""Train hundreds of small networks in one call."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Generator, Tensor, nn
from torch.func import vmap

from coursekit import _progress, _require
from coursekit._require import Number
from coursekit._scheduled import Scheduled
from coursekit.optim import Rule
from coursekit.training._arguments import Loss, Pair, inputs, pair, rows_a_batch, with_gradient
from coursekit.training._runs import (
    batches,
    checked_generators,
    factor_a_run,
    run_by_run,
    starts,
)
from coursekit.training._stateless import Stateless, each_loss

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ManyFits", "fit_many"]


@dataclass(frozen=True, eq=False)
class ManyFits:
    """What :func:`fit_many` trained.

    Parameters
    ----------
    model : torch.nn.Module
        The architecture that all runs share. Its own parameters mean nothing.
    theta : Tensor of shape (runs, parameters)
        Each run's parameters in one row, in the order of ``model.parameters()``.
    train_loss : Tensor of shape (epochs, runs)
        The mean loss over an epoch's samples, as :func:`fit` records it.
    validation_loss : Tensor of shape (epochs, runs), or None
        The loss on the validation set after each epoch.
    interrupted : bool
        Whether Ctrl-C ended the run; the epoch under way then has no row.
    """

    model: nn.Module
    theta: Tensor
    train_loss: Tensor
    validation_loss: Tensor | None
    interrupted: bool = False

    @property
    def parameters(self) -> dict[str, Tensor]:
        """Each of the model's parameters by name, with shape ``(runs, ...)``."""
        return Stateless(self.model).named(self.theta)

    def predict(self, x: Tensor, *, data_per_run: bool = False) -> Tensor:
        """Return every run's output, in evaluation mode.

        Parameters
        ----------
        x
            Inputs ``(n, ...)`` for all runs, or with ``data_per_run`` ``(runs, n, ...)``.
        data_per_run
            Whether each run has inputs of its own.

        Returns
        -------
        Tensor of shape (runs, n, ...)

        Raises
        ------
        TypeError, ValueError
            If ``x`` has another dtype, device or number of runs than the parameters.
        """
        own = _require.boolean("data_per_run", data_per_run)
        inputs("x", x, like=self.theta, rows_at=int(own))
        if own and len(x) != len(self.theta):
            raise ValueError(f"x must have inputs for {len(self.theta)} runs, got {len(x)}")
        with torch.no_grad():
            return vmap(Stateless(self.model), in_dims=(0, 0 if own else None))(self.theta, x)

    def module(self, run: int) -> nn.Module:
        """Return one run's network as a module of its own.

        Parameters
        ----------
        run
            From 0 to ``runs - 1``.

        Returns
        -------
        torch.nn.Module
            A copy; training it leaves this result alone.

        Raises
        ------
        TypeError, ValueError
            If there is no such run.
        """
        _require.integer("run", run, low=0, high=len(self.theta) - 1)
        module = copy.deepcopy(self.model)
        nn.utils.vector_to_parameters(self.theta[run].clone(), module.parameters())
        return module

    def to_frame(self) -> pd.DataFrame:
        """Return the losses as a tidy frame, a row for each epoch of each run.

        Returns
        -------
        pandas.DataFrame
            Columns ``epoch`` (from 1), ``run`` (from 0), ``train_loss`` and, where there was a
            validation set, ``validation_loss``; the run changes fastest.
        """
        import pandas as pd

        epochs, runs = self.train_loss.shape
        columns = {
            "epoch": torch.arange(1, epochs + 1).repeat_interleave(runs).numpy(),
            "run": torch.arange(runs).repeat(epochs).numpy(),
            "train_loss": self.train_loss.flatten().cpu().numpy(),
        }
        if self.validation_loss is not None:
            columns["validation_loss"] = self.validation_loss.flatten().cpu().numpy()
        return pd.DataFrame(columns)


def fit_many(
    model: nn.Module | Callable[[], nn.Module],
    train: Pair,
    loss: Loss,
    rule: Rule,
    epochs: int,
    *,
    seeds: Sequence[int] | None = None,
    batch_size: int | None = None,
    validation: Pair | None = None,
    schedule: Callable[[int], Number] | None = None,
    generator: Generator | Sequence[Generator] | None = None,
    data_per_run: bool = False,
    progress: bool | None = None,
) -> ManyFits:
    r"""Train many networks of one small architecture in one vmapped call.

    The parameters of run :math:`r` are a row :math:`\theta_r` of one matrix. Its gradient is a row
    of the gradient of the summed losses, because no other run's loss depends on it:

    .. math:: \nabla_{\theta_r} \sum_s L_s(\theta_s) = \nabla L_r(\theta_r)

    A run that diverges carries on with infinity or NaN and leaves the others unchanged.

    Parameters
    ----------
    model
        A function of no arguments that builds a network (on the CPU), called once under each of
        ``seeds``; or a module, from a copy of whose parameters every run starts. All parameters
        are trained, so all must require a gradient.
    train
        Inputs ``(n, ...)`` and targets ``(n, ...)``; floating-point inputs of the parameters'
        dtype. The runs are trained on the device that these are on.
    loss
        ``loss(output, target)``, the mean loss of one run's batch, by torch operations.
    rule
        One of :mod:`coursekit.optim`, but none for matrices. A hyper-parameter is a number, or a
        tensor of shape ``(runs,)``: one for each run.
    epochs
        Passes over the training set, at least 1.
    seeds
        One run each; needed with a function, refused with a module. Where the rule has one number
        for each of several runs, a single seed or module starts all of them.
    batch_size
        Samples a batch, the last one of an epoch possibly smaller; None takes all at once.
    validation
        Like ``train``; judged after every epoch, never trained on.
    schedule
        ``schedule(step)``, step 0, 1, ... counting updates: the factor on ``rule.lr``, one number
        or one for each run, shape ``(runs,)``.
    generator
        What the order of the samples is drawn from, anew in every epoch; needed with
        ``batch_size``. One generator gives all runs the same batches, a list of them, one for each
        run, each run its own.
    data_per_run
        Whether ``train`` and ``validation`` hold a data set for each run, as
        :mod:`coursekit.data`'s ``datasets=runs`` makes them: ``(runs, n, ...)``.
    progress
        As in :func:`fit`.

    Returns
    -------
    ManyFits
        Losses, parameters, predictions. Ctrl-C ends the run and returns what there is.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of the kind described, the numbers of runs disagree, sizes, dtypes or
        devices don't fit, ``batch_size`` comes without ``generator``, the model updates running
        statistics (batch normalization) or has a parameter that requires no gradient, ``rule`` is
        one for matrices, or ``loss`` does not return one number a run. Nothing is raised because a
        run diverges.

    Notes
    -----
    Networks are built under ``torch``'s default generator, which is seeded for each and then put
    back: the global random state is left as it was, unless the model itself draws (dropout).

    Examples
    --------
    Four learning rates from one start, on :math:`y = 2x`:

    >>> from coursekit.optim import SGD
    >>> x = torch.linspace(-1, 1, 20).unsqueeze(-1)
    >>> lr = torch.tensor([0.01, 0.1, 0.5, 10.0])
    >>> mse = nn.functional.mse_loss
    >>> fits = fit_many(lambda: nn.Linear(1, 1), (x, 2 * x), mse, SGD(lr), 50, seeds=[0])
    >>> fits.train_loss.shape
    torch.Size([50, 4])
    >>> fits.train_loss[-1] < 0.01
    tensor([False,  True,  True, False])
    """
    network, start = starts(model, seeds)
    own = _require.boolean("data_per_run", data_per_run)
    if isinstance(train, tuple | list) and train and isinstance(train[0], Tensor):
        start = start.to(train[0].device)
    x, y = pair("train", train, like=start, rows_at=int(own))
    lengths = {"seeds": len(start)} | ({"train": len(x)} if own else {})
    rule, runs = run_by_run(rule, lengths)
    if getattr(rule, "dims", 0) > 1:
        raise ValueError(
            f"rule must not be one for matrices: a network's weights lie in one row, got {rule!r}"
        )
    if validation is not None:
        pair("validation", validation, like=x, rows_at=int(own))
        if own and len(validation[0]) != runs:
            raise ValueError(f"validation must have {runs} runs, got {len(validation[0])}")
    _require.function("loss", loss)
    n = x.shape[int(own)]
    if batch_size is not None:
        checked_generators(generator, runs)
    size = rows_a_batch(batch_size, n)
    if schedule is not None:
        _require.function("schedule", schedule)
    bar = _progress.bar("epoch", _require.integer("epochs", epochs, low=1), progress)

    network = network.to(x.device)
    stateless = Stateless(network)
    theta = start.expand(runs, -1).clone()
    state = rule.init(theta)
    scheduled = Scheduled(rule, schedule, factor_a_run)
    step = 0
    rows: list[Tensor] = []
    interrupted = False
    try:
        network.train()
        for _ in bar:
            seen = theta.new_zeros(runs)
            for batch, each in batches((x, y), own, size, generator if batch_size else None):
                with torch.enable_grad():  # as torch's optimizers do for fit
                    theta.requires_grad_()
                    losses = each_loss(stateless, theta, batch, each, loss)
                    with_gradient(losses)
                    (grad,) = torch.autograd.grad(losses.sum(), theta)
                with torch.no_grad():
                    now = scheduled.at(step, theta)
                    if step == 0:  # a state may begin with the learning rate
                        state = now.init(theta)
                    theta, state = now.update(theta, grad, state)
                    seen += losses * (batch[1].shape[int(each)] / n)
                step += 1
            row = [seen]
            if validation is not None:
                network.eval()
                with torch.no_grad():
                    row.append(each_loss(stateless, theta, validation, own, loss))
                network.train()
            rows.append(torch.stack(row))
    except KeyboardInterrupt:
        interrupted = True
    finally:
        bar.close()
    table = torch.stack(rows, dim=1) if rows else theta.new_empty(2, 0, runs)
    judged = None if validation is None else table[1]
    return ManyFits(network.eval(), theta.detach(), table[0], judged, interrupted)
