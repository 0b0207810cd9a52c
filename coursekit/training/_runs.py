"""What makes many runs: starts, hyper-parameters, batches."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch
from torch import Generator, Tensor, nn
from torch.nn.utils import parameters_to_vector

from coursekit import _require
from coursekit.data import minibatches
from coursekit.optim import Rule, hyper_parameters
from coursekit.training._arguments import Pair, checked_module


def starts(
    model: nn.Module | Callable[[], nn.Module], seeds: Sequence[int] | None
) -> tuple[nn.Module, Tensor]:
    """Return the architecture, and a row of initial parameters for every seed."""
    if isinstance(model, nn.Module):
        if seeds is not None:
            raise ValueError(f"seeds must be None with a module, got {seeds!r}")
        order, made = [0], {0: copy.deepcopy(model)}
    else:
        _require.function("model", model)
        if not isinstance(seeds, Sequence) or isinstance(seeds, str):
            raise TypeError(f"seeds must be a list of integers, got {seeds!r}")
        if not seeds:
            raise ValueError("seeds must hold at least one seed, got none")
        order = [_require.integer("seeds", seed, low=0, high=2**63 - 1) for seed in seeds]
        # In a grid each seed comes many times, and starts from the same parameters every time.
        made = {seed: built(model, seed) for seed in dict.fromkeys(order)}
    for module in made.values():
        checked_module("model", module)
        for name, parameter in module.named_parameters():
            if not parameter.requires_grad:
                raise ValueError(f"model must require a gradient of every parameter, not so {name}")
        for name, part in module.named_modules():
            if getattr(part, "track_running_stats", False):
                raise ValueError(f"model must keep no running statistics, got {part} in {name!r}")
    rows = {s: parameters_to_vector(module.parameters()).detach() for s, module in made.items()}
    if len({row.shape for row in rows.values()}) > 1:
        raise ValueError("model must build networks with as many parameters under every seed")
    return made[order[0]], torch.stack([rows[seed] for seed in order])


def built(build: Callable[[], nn.Module], seed: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return build()


def run_by_run(rule: Rule, lengths: dict[str, int]) -> tuple[Rule, int]:
    """Return the rule with a row of each hyper-parameter for a run, and the number of runs."""
    rows = {}
    for name, value in hyper_parameters(rule).items():
        if isinstance(value, Tensor) and value.ndim > 0:
            if value.ndim > 1:
                raise ValueError(
                    f"rule.{name} must be one number or one a run, shape (runs,), "
                    f"got shape {tuple(value.shape)}"
                )
            lengths = {**lengths, f"rule.{name}": len(value)}
            rows[name] = value.unsqueeze(-1)
    if len(set(lengths.values()) - {1}) > 1:
        raise ValueError(f"seeds, rule and train must agree on the number of runs, got {lengths}")
    return replace(rule, **rows), max(lengths.values())


Batch = tuple[Pair, bool]
"""Inputs and targets, and whether they are each run's own."""


def batches(
    data: Pair, own: bool, size: int, generator: Generator | Sequence[Generator] | None
) -> Iterator[Batch]:
    """Yield one epoch's batches."""
    n = data[0].shape[int(own)]
    if generator is None:
        yield data, own
    elif isinstance(generator, Sequence):
        for orders in zip(*(minibatches(n, size, one) for one in generator), strict=True):
            rows = torch.stack(orders).to(data[0].device)
            runs = torch.arange(len(rows), device=rows.device).unsqueeze(-1)
            x, y = ((each[runs, rows] if own else each[rows]) for each in data)
            yield (x, y), True
    else:
        for order in minibatches(n, size, generator):
            rows = order.to(data[0].device)
            # What each[:, rows] gives, in a sixth of its time.
            x, y = (each.index_select(int(own), rows) for each in data)
            yield (x, y), own


def checked_generators(generator: object, runs: int) -> None:
    given = list(generator) if isinstance(generator, Sequence) else [generator]
    if not all(isinstance(one, Generator) for one in given):
        raise TypeError(
            f"generator must be a torch.Generator, or a list of them, with batch_size, "
            f"got {generator!r}"
        )
    if isinstance(generator, Sequence) and len(given) != runs:
        raise ValueError(f"generator must be one, or one for each of {runs} runs, got {len(given)}")


def factor_a_run(name: str, factor: Tensor, theta: Tensor) -> Tensor:
    """Return a schedule's factors in rows, as theta has its runs, and not wider than it."""
    if factor.numel() not in (1, len(theta)):
        raise ValueError(
            f"{name} must be one number or one for each of {len(theta)} runs, "
            f"got shape {tuple(factor.shape)}"
        )
    return factor.to(theta).reshape(-1, 1)
