"""Networks as functions of the vector of their parameters."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from coursekit.training._arguments import Loss, Pair


class Stateless:
    """A network as a function of the vector of its parameters."""

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self.shapes = {name: parameter.shape for name, parameter in network.named_parameters()}
        self.sizes = [shape.numel() for shape in self.shapes.values()]

    def __call__(self, theta: Tensor, x: Tensor) -> Tensor:
        return cast("Tensor", functional_call(self.network, self.named(theta), (x,)))

    def named(self, theta: Tensor) -> dict[str, Tensor]:
        """Return the parameters that the last dimension of ``theta`` lists, by name, as views."""
        pieces = torch.split(theta, self.sizes, dim=-1)
        return {
            name: piece.reshape(*theta.shape[:-1], *shape)
            for (name, shape), piece in zip(self.shapes.items(), pieces, strict=True)
        }


def each_loss(network: Stateless, theta: Tensor, batch: Pair, each: bool, loss: Loss) -> Tensor:
    """Return every run's loss, on the same batch or on ``each`` its own."""

    def of_one(theta: Tensor, x: Tensor, y: Tensor) -> Tensor:
        value = loss(network(theta, x), y)
        if not isinstance(value, Tensor):
            raise TypeError(f"loss must return a torch.Tensor, got {value!r}")
        return value

    axis = 0 if each else None
    losses: Tensor = vmap(of_one, in_dims=(0, axis, axis), randomness="different")(theta, *batch)
    if losses.numel() != len(theta):
        raise ValueError(f"loss must return one number, got shape {tuple(losses.shape[1:])}")
    return losses.flatten()
