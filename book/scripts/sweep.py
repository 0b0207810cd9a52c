"""Ten thousand descents, shared out over processes and machines; what is done stays done.

On one machine, with as many processes as it has cores (here 4), restarted up to three times if one
of them dies::

    torchrun --standalone --nproc-per-node 4 --max-restarts 3 sweep.py out

On several, the same command on each, which then has to say how many there are and where the first
of them is to be found::

    torchrun --nnodes 2 --nproc-per-node 4 --max-restarts 3 \
        --rdzv-backend c10d --rdzv-endpoint first-machine:29400 sweep.py out

The runs are cut into pieces, always the same ones. A process takes every so-many-th piece, and
saves each when it is done. Whoever starts again skips what is saved (each machine in its own
folder, or all in one that they share). In the end the first process gathers all pieces and writes
``out/sweep.csv``: the same rows from any number of processes. Where there are GPUs, each process
takes one.
"""

import os
import sys
from pathlib import Path

import pandas as pd
import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from coursekit import descent, optim, surfaces

PIECES = 24
STEPS = 200
COLUMNS = ["run", "lr", "x0", "x1", "value"]


def runs() -> tuple[Tensor, Tensor]:
    """Return the sweep: the learning rate of each run, (runs, 1), and its start, (runs, 2)."""
    lr = torch.logspace(-3, 0, 100, dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    start = 4 * torch.rand(100, 2, dtype=torch.float64, generator=generator) - 2
    return lr.repeat_interleave(100).unsqueeze(-1), start.repeat(100, 1)


def piece(number: int, device: torch.device) -> Tensor:
    """Return what became of one piece's runs: a row each, with COLUMNS."""
    lr, start = (part.tensor_split(PIECES)[number].to(device) for part in runs())
    valley = surfaces.get("rosenbrock")
    path = descent.descend(valley, start, optim.Adam(lr=lr), STEPS, keep="last", progress=False)
    order = torch.arange(len(runs()[0])).tensor_split(PIECES)[number].unsqueeze(-1).to(lr)
    return torch.cat((order, lr, path.points[-1], path.values[-1].unsqueeze(-1)), dim=-1).cpu()


def saved(number: int, out: Path, device: torch.device) -> Tensor:
    """Return a piece from its file, which is made if it is not there yet."""
    file = out / f"piece-{number:03d}.pt"
    if not file.exists():
        # Under another name until it is whole: a process may die while it writes.
        unfinished = file.with_suffix(f".{os.getpid()}")
        torch.save(piece(number, device), unfinished)
        unfinished.replace(file)
    rows: Tensor = torch.load(file, weights_only=True)
    return rows


def framed(pieces: list[Tensor]) -> pd.DataFrame:
    """Return all pieces as one frame, in the order of the runs."""
    frame = pd.DataFrame(torch.cat(pieces).numpy(), columns=COLUMNS).astype({"run": int})
    return frame.sort_values("run", ignore_index=True)


def main() -> None:
    """Do this process's share; the first process gathers all of them."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "sweep")
    out.mkdir(parents=True, exist_ok=True)
    gpus = torch.cuda.device_count()
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"]) % gpus) if gpus else "cpu"
    store, rank, size = next(rendezvous("env://"))
    # torchrun keeps its store when it starts the processes again: without a name of its own, an
    # attempt may find the addresses of the one before, where nobody listens any more.
    store = PrefixStore(f"attempt-{os.environ['TORCHELASTIC_RESTART_COUNT']}", store)
    backend = "cpu:gloo,cuda:nccl" if gpus else "gloo"
    dist.init_process_group(backend, store=store, rank=rank, world_size=size)
    share = [saved(number, out, torch.device(device)) for number in range(rank, PIECES, size)]
    shares: list[list[Tensor]] | None = [[] for _ in range(size)] if rank == 0 else None
    dist.gather_object(share, shares)
    if shares is not None:
        frame = framed([rows for each in shares for rows in each])
        frame.to_csv(out / "sweep.csv", index=False)
        arrived = frame["value"].lt(1e-3).groupby(frame["lr"]).mean()
        print(f"{len(frame)} runs from {size} processes; of the learning rates,")
        print(f"{arrived.idxmax():.3g} brings the most starts there: {arrived.max():.0%}")
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
