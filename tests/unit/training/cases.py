"""What several tests of training share."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from coursekit import optim
from coursekit.data import sine
from coursekit.training import fit, fit_many

mse = nn.functional.mse_loss

D = torch.float64


def problem(n: int = 10, seed: int = 0, datasets: int | None = None) -> tuple[Tensor, Tensor]:
    x, y = sine(n, 0.1, seed=seed, datasets=datasets)
    return x.unsqueeze(-1), y.unsqueeze(-1)


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1)).double()


def built(seed: int, make: Callable[[], nn.Module] = network) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return make()


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def same(first: nn.Module, second: nn.Module, tolerance: float = 0.0) -> None:
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


def interrupt_at(call: int) -> Callable[[Tensor, Tensor], Tensor]:
    """A loss during whose ``call``-th evaluation Ctrl-C is pressed."""
    calls = iter(range(1, 10**6))

    def loss(output: Tensor, target: Tensor) -> Tensor:
        if next(calls) == call:
            raise KeyboardInterrupt
        return mse(output, target)

    return loss


def run(progress: bool | None = None) -> None:
    model = built(0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    fit(model, problem(), mse, optimizer, 3, progress=progress)
    fit_many(network, problem(), mse, optim.SGD(), 3, seeds=[0], progress=progress)


LRS = torch.tensor([0.05, 0.1, 0.2], dtype=D)

other = torch.optim.SGD(built(0).parameters(), lr=0.1)


def each(table: dict[str, list[Any]]) -> pytest.MarkDecorator:
    """Try every bad value of every argument."""
    return pytest.mark.parametrize(
        ("argument", "bad"), [(name, bad) for name, values in table.items() for bad in values]
    )
