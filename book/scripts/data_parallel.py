"""One step of gradient descent on two processes, each holding half of the batch.

Run it with::

    torchrun --standalone --nproc-per-node 2 data_parallel.py

Every process computes the gradient of its own shard. The gradients are averaged over the network
(``all_reduce``), so that all processes take the same step and hold the same parameters. The first
process prints them, intercept and slope, and below them what one process gets from the whole batch.
"""

import torch
import torch.distributed as dist
from torch import Tensor


def batch() -> tuple[Tensor, Tensor]:
    """Return 256 noisy points of a line: a column of ones beside x, and y."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(256, dtype=torch.float64, generator=generator)
    noise = torch.randn(256, dtype=torch.float64, generator=generator)
    return torch.stack((torch.ones_like(x), x), dim=1), 5 * x + 7 + noise / 4


def gradient(theta: Tensor, X: Tensor, y: Tensor) -> Tensor:
    """Return the gradient of the mean squared error."""
    return 2 * X.T @ (X @ theta - y) / len(y)


def single_process(steps: int, lr: float) -> Tensor:
    """Return the parameters after descent on the whole batch."""
    X, y = batch()
    theta = torch.zeros(2, dtype=torch.float64)
    for _ in range(steps):
        theta = theta - lr * gradient(theta, X, y)
    return theta


def data_parallel(steps: int, lr: float) -> Tensor:
    """Return the parameters after descent on this process's share of the batch."""
    X, y = batch()
    shard = slice(dist.get_rank(), None, dist.get_world_size())
    theta = torch.zeros(2, dtype=torch.float64)
    for _ in range(steps):
        grad = gradient(theta, X[shard], y[shard])
        dist.all_reduce(grad, op=dist.ReduceOp.SUM)
        theta = theta - lr * grad / dist.get_world_size()
    return theta


def main() -> None:
    """Join the other processes, descend together, print what came out beside one process's."""
    dist.init_process_group("gloo")
    together = data_parallel(steps=100, lr=0.1)
    if dist.get_rank() == 0:
        print(f"{dist.get_world_size()} processes:", *together.tolist())
        print("1 process:  ", *single_process(steps=100, lr=0.1).tolist())
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
