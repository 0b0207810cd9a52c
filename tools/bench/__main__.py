"""Time coursekit beside what it replaces: ``make bench`` prints the table and stores it.

Both sides of a ratio run in this process, in turn, on one thread, each warmed up; a time is the
median of its repeats, in seconds of CPU, which a busy machine does not stretch as it does the
clock's. Where the one-by-one side would take minutes, a sample of it is timed and multiplied, and
the table says so. Timed runs are in float32, torch's default, and beside mlxtend in float64, as
numpy's; ``test_bench.py`` has both sides compute the same.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from coursekit import bias_variance, data, optim, surfaces
from coursekit.descent import descend
from coursekit.training import fit_many

RESULTS = Path(__file__).with_name("results.md")
REPEATS = 5
STEPS = 200


@dataclass(frozen=True)
class Row:
    """One comparison: seconds of each side, and what their ratio should be."""

    what: str
    reference: str
    reference_seconds: float
    ours_seconds: float
    wanted: str
    met: bool

    def cells(self) -> list[str]:
        """Return the table's cells."""
        ratio = self.reference_seconds / self.ours_seconds
        return [
            self.what,
            f"{self.reference}: {_shown(self.reference_seconds)}",
            _shown(self.ours_seconds),
            f"{ratio:,.0f}×" if ratio >= 10 else f"{ratio:.2f}×",
            self.wanted,
            "yes" if self.met else "**no**",
        ]


def _shown(seconds: float) -> str:
    return f"{seconds:,.1f} s" if seconds >= 1 else f"{1000 * seconds:,.1f} ms"


def in_turn(*sides: Callable[[], object], repeats: int = REPEATS) -> list[float]:
    """Return the median seconds of each side, after a warm-up, the sides taking turns."""
    for side in sides:
        side()
    times: list[list[float]] = [[] for _ in sides]
    for _ in range(repeats):
        for side, seconds in zip(sides, times, strict=True):
            start = time.process_time()
            side()
            seconds.append(time.process_time() - start)
    return [median(seconds) for seconds in times]


# Ten thousand learning rates


def learning_rates(n: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return ``n`` rates from 1e-4 to 1, evenly spaced in their logarithm."""
    return torch.logspace(-4, 0, n, dtype=dtype)


def adam_batched(lrs: Tensor) -> Tensor:
    """Return where Adam ends on Rosenbrock's function under each learning rate, (n, 2)."""
    valley = surfaces.get("rosenbrock")
    rule = optim.Adam(lr=lrs.unsqueeze(-1))
    return descend(valley, valley.start.to(lrs), rule, STEPS).points[-1]


def adam_one_by_one(lrs: Tensor) -> Tensor:
    """Return the same, by a loop over ``torch.optim.Adam``."""
    valley = surfaces.get("rosenbrock")
    ends = []
    for lr in lrs.tolist():
        theta = valley.start.to(lrs, copy=True).requires_grad_()
        optimizer = torch.optim.Adam([theta], lr=lr)
        for _ in range(STEPS):
            optimizer.zero_grad()
            valley.function(theta).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        ends.append(theta.detach())
    return torch.stack(ends)


# The same beside JAX, the fastest peer: the whole path is kept on both sides


def adam_path(lrs: Tensor, *, compile: bool = False) -> tuple[Tensor, Tensor]:  # noqa: A002
    """Return Adam's points and values, (steps + 1, n, 2) and (steps + 1, n)."""
    valley = surfaces.get("rosenbrock")
    rule = optim.Adam(lr=lrs.unsqueeze(-1))
    path = descend(valley, valley.start.to(lrs), rule, STEPS, compile=compile)
    return path.points, path.values


def one_thread_of_jax() -> None:
    """Have XLA, loaded after this, compute on one thread, as torch does here."""
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    os.environ["JAX_PLATFORMS"] = "cpu"


def adam_in_jax() -> Callable[[Any], Any]:
    """Return the same as a function of JAX's, not yet compiled: jit, vmap, scan, optax."""
    import jax
    import jax.numpy as jnp
    import optax

    def rosenbrock(theta: Any) -> Any:
        x, y = theta
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def one(lr: Any) -> Any:
        rule = optax.adam(lr)
        start = jnp.asarray(surfaces.get("rosenbrock").start.numpy(), lr.dtype)

        def step(carried: Any, _: Any) -> Any:
            theta, state = carried
            value, grad = jax.value_and_grad(rosenbrock)(theta)
            change, state = rule.update(grad, state)
            return (optax.apply_updates(theta, change), state), (theta, value)

        (theta, _), (points, values) = jax.lax.scan(step, (start, rule.init(start)), None, STEPS)
        ends = (theta[None], rosenbrock(theta)[None])
        return jnp.concatenate((points, ends[0])), jnp.concatenate((values, ends[1]))

    return jax.jit(jax.vmap(one, out_axes=1))


SIZES = (100, 10_000, 100_000, 1_000_000)


def seconds_of(side: Callable[[], object]) -> float:
    """Return the seconds of CPU that one call takes."""
    start = time.process_time()
    side()
    return time.process_time() - start


def peers() -> str:
    """Time coursekit and JAX side by side at four sizes; return a table."""
    import jax
    import jax.numpy as jnp

    finish: Any = jax.block_until_ready
    head = ["runs", "coursekit", "JAX, compiling", "JAX, compiled", "coursekit, compiled"]
    lines = [head, ["---:"] * len(head)]
    for n in SIZES:
        lrs = learning_rates(n)
        rates = jnp.asarray(lrs.numpy())
        cold = seconds_of(lambda r=rates: finish(adam_in_jax()(r)))  # type: ignore[misc]
        compiled = adam_in_jax()
        times = in_turn(
            lambda r=lrs: adam_path(r),  # type: ignore[misc]
            lambda f=compiled, r=rates: finish(f(r)),  # type: ignore[misc]
            lambda r=lrs: adam_path(r, compile=True),  # type: ignore[misc]
            repeats=REPEATS if n <= 100_000 else 1,
        )
        ours, warm, fused = times
        lines.append([f"{n:,}", *map(_shown, (ours, cold, warm, fused))])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


# Ten million runs, of which the end is kept

MEMORY = """
import re, time, torch
from coursekit import optim, surfaces
from coursekit.descent import descend
torch.set_num_threads(1)
valley = surfaces.get("rosenbrock")

def peak():  # of this process; getrusage's begins with what its parent held
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])

before = peak()
lr = torch.logspace(-4, 0, {n}).unsqueeze(-1)
start = time.process_time()
descend(valley, valley.start.float(), optim.Adam(lr=lr), {steps}, keep="last")
seconds = time.process_time() - start
print(seconds, (peak() - before) / 2**20)
"""


def end_kept(n: int, steps: int = 20) -> tuple[float, float]:
    """Return the seconds of ``n`` runs whose end is kept, and the GiB that they add at the most."""
    command = [sys.executable, "-c", MEMORY.format(n=n, steps=steps)]
    seconds, gib = subprocess.check_output(command, text=True).split()
    return float(seconds), float(gib)


# Bias and variance


def bias_variance_problem() -> tuple[data.Samples, data.Samples]:
    """Return training and test samples of a noisy sine."""
    return data.sine(100, 0.3, low=-1, seed=0), data.sine(50, 0.3, low=-1, seed=1)


def resamples(rounds: int) -> Tensor:
    """Return the rows that mlxtend draws under seed 0, so that both sides see the same data."""
    state = np.random.RandomState(0)
    return torch.from_numpy(np.stack([state.choice(100, size=100) for _ in range(rounds)]))


def decompose_batched(degrees: Sequence[int], rounds: int) -> Tensor:
    """Return error, squared bias and variance of polynomial fits, (degrees, 3)."""
    (x, y), (at, target) = bias_variance_problem()
    rows = resamples(rounds)
    predictions = bias_variance.fit_polynomial(degrees, x[rows], y[rows], at)
    parts = bias_variance.decompose(predictions, target).mean()
    return torch.stack([parts.error, parts.bias_squared, parts.variance], dim=-1)


def decompose_mlxtend(degrees: Sequence[int], rounds: int) -> Tensor:
    """Return the same, by mlxtend's loop over scikit-learn's fits."""
    from mlxtend.evaluate import bias_variance_decomp
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures

    (x, y), (at, target) = bias_variance_problem()
    parts = [
        bias_variance_decomp(
            make_pipeline(PolynomialFeatures(degree), LinearRegression()),
            x.unsqueeze(-1).numpy(),
            y.numpy(),
            at.unsqueeze(-1).numpy(),
            target.numpy(),
            loss="mse",
            num_rounds=rounds,
            random_seed=0,
        )
        for degree in degrees
    ]
    return torch.tensor(parts, dtype=torch.float64)


# Small networks


def network(dtype: torch.dtype) -> nn.Module:
    """Return a network with 16 hidden units, 49 parameters."""
    return nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1)).to(dtype)


def network_problem(dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return 32 samples of a noisy sine."""
    x, y = data.sine(32, 0.1, seed=0, dtype=dtype)
    return x.unsqueeze(-1), y.unsqueeze(-1)


def networks_batched(seeds: Sequence[int], dtype: torch.dtype = torch.float32) -> Tensor:
    """Return each trained network's predictions, (seeds, 32, 1)."""
    make, train, rule = partial(network, dtype), network_problem(dtype), optim.Adam(lr=0.01)
    fits = fit_many(make, train, nn.functional.mse_loss, rule, STEPS, seeds=seeds)
    return fits.predict(train[0])


def networks_one_by_one(seeds: Sequence[int], dtype: torch.dtype = torch.float32) -> Tensor:
    """Return the same, by a loop over ``torch.nn`` and ``torch.optim``."""
    x, y = network_problem(dtype)
    predictions = []
    for seed in seeds:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            model = network(dtype)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        for _ in range(STEPS):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x), y).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        predictions.append(model(x).detach())
    return torch.stack(predictions)


def networks_by_recipe(seeds: Sequence[int], dtype: torch.dtype = torch.float32) -> Tensor:
    """Return the same, as torch.func's page on ensembles has it: stacked modules under vmap."""
    from torch.func import functional_call, stack_module_state, vmap

    x, y = network_problem(dtype)
    models = []
    for seed in seeds:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            models.append(network(dtype))
    parameters, buffers = stack_module_state(models)
    base = network(dtype).to("meta")

    def call(parameters: Any, buffers: Any, x: Tensor) -> Any:
        return functional_call(base, (parameters, buffers), (x,))

    together = vmap(call, in_dims=(0, 0, None))
    optimizer = torch.optim.Adam(parameters.values(), lr=0.01)
    for _ in range(STEPS):
        optimizer.zero_grad()
        (together(parameters, buffers, x) - y).square().mean((1, 2)).sum().backward()
        optimizer.step()
    predictions: Tensor = together(parameters, buffers, x).detach()
    return predictions


def networks_in_jax(seeds: Sequence[int]) -> Callable[[], Any]:
    """Return the same by JAX, from torch's starts, as a call that compiles when first made."""
    import jax
    import jax.numpy as jnp
    import optax

    x, y = (jnp.asarray(part.numpy()) for part in network_problem(torch.float32))
    starts = []
    for seed in seeds:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            starts.append([p.detach() for p in network(torch.float32).parameters()])
    stacked = [jnp.asarray(torch.stack(one).numpy()) for one in zip(*starts, strict=True)]
    rule = optax.adam(0.01)

    def predict(theta: Any) -> Any:
        w1, b1, w2, b2 = theta
        return jnp.tanh(x @ w1.T + b1) @ w2.T + b2

    def one(theta: Any) -> Any:
        def step(carried: Any, _: Any) -> Any:
            theta, state = carried
            grad = jax.grad(lambda theta: ((predict(theta) - y) ** 2).mean())(theta)
            change, state = rule.update(grad, state)
            return (optax.apply_updates(theta, change), state), None

        (theta, _), _ = jax.lax.scan(step, (theta, rule.init(theta)), None, STEPS)
        return predict(theta)

    compiled = jax.jit(jax.vmap(one))
    finish: Any = jax.block_until_ready
    return lambda: finish(compiled(stacked))


# Imports

IMPORT = """
import time
start = time.process_time()
import torch
middle = time.process_time()
import {what}
print(middle - start, time.process_time() - middle)
"""


def import_seconds(what: str) -> tuple[float, float]:
    """Return how long ``import torch`` takes and ``import what`` after it, in a fresh Python."""
    command = [sys.executable, "-c", IMPORT.format(what=what)]
    runs = [
        [float(word) for word in subprocess.check_output(command, text=True).split()]
        for _ in range(REPEATS)
    ]
    first, second = (median(times) for times in zip(*runs, strict=True))
    return first, second


# The table


def rows() -> list[Row]:
    """Run all comparisons."""
    hundred, many = learning_rates(100), learning_rates(10_000)
    sample = many[::500]
    few, batched, loop = in_turn(
        lambda: adam_batched(hundred), lambda: adam_batched(many), lambda: adam_one_by_one(sample)
    )
    loop *= len(many) / len(sample)
    found = [
        Row(
            "10,000 learning rates × 200 Adam steps on Rosenbrock",
            f"loop over `torch.optim.Adam`, {len(sample)} runs timed",
            loop,
            batched,
            "≥ 2,000×",
            loop >= 2000 * batched,
        ),
        Row(
            "10,000 learning rates against 100",
            "100 at once",
            few,
            batched,
            "≥ 0.50×",
            batched <= 2 * few,
        ),
    ]
    degrees = range(1, 13)
    ours, theirs = in_turn(
        lambda: decompose_batched(degrees, 200),
        lambda: decompose_mlxtend(degrees, 200),
        repeats=3,
    )
    found.append(
        Row(
            "bias and variance, 12 degrees × 200 bootstrap rounds",
            "`mlxtend`",
            theirs,
            ours,
            "≥ 40×",
            theirs >= 40 * ours,
        )
    )
    seeds = range(256)
    ours, theirs = in_turn(
        lambda: networks_batched(seeds), lambda: networks_one_by_one(seeds[:8]), repeats=3
    )
    theirs *= len(seeds) / 8
    found.append(
        Row(
            "256 networks of 49 parameters × 200 Adam steps on 32 samples",
            "loop over `torch.nn` and `torch.optim`, 8 networks timed",
            theirs,
            ours,
            "≥ 30×",
            theirs >= 30 * ours,
        )
    )
    ours, recipe, jax_seconds = in_turn(
        lambda: networks_batched(seeds),
        lambda: networks_by_recipe(seeds),
        networks_in_jax(seeds),
        repeats=3,
    )
    for what, seconds, wanted in (
        ("torch.func's recipe for ensembles, `torch.optim.Adam`", recipe, 0.5),
        ("JAX and optax, compiled", jax_seconds, 0.0),
    ):
        found.append(
            Row(
                "the same 256 networks",
                what,
                seconds,
                ours,
                f"≥ {wanted:.2f}×" if wanted else "none",
                seconds >= wanted * ours,
            )
        )
    part, _ = end_kept(100_000)
    end, gib = end_kept(10_000_000)
    found.append(
        Row(
            f"10,000,000 runs × 20 steps, the end kept: {gib:.1f} GiB",
            "a hundred times 100,000",
            100 * part,
            end,
            "≥ 0.77×, ≤ 2 GiB",
            end <= 1.3 * 100 * part and gib <= 2,
        )
    )
    for what in ("coursekit", "coursekit.training"):
        torch_seconds, seconds = import_seconds(what)
        found.append(
            Row(
                f"`import {what}` after `import torch`",
                "`import torch`",
                torch_seconds,
                seconds,
                "adds ≤ 0.1 s",
                seconds <= 0.1,
            )
        )
    return found


def table(found: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    head = ["what", "reference", "coursekit", "ratio", "wanted", "met"]
    lines = [head, ["---"] * len(head), *(row.cells() for row in found)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> int:
    """Print the table, store it, and return 1 if a ratio is missed."""
    torch.set_num_threads(1)
    one_thread_of_jax()
    beside = peers()
    found = rows()
    text = (
        "Runs of Adam on Rosenbrock's function, 200 steps, every point and value kept:\n\n"
        f"{beside}\n\n"
        "JAX is `jit(vmap(scan))` over optax. *Compiling* is a first call, *compiled* a later one; "
        "*coursekit, compiled* is `descend(..., compile=True)`, whose first call takes some "
        "seconds.\n\n"
        f"{table(found)}\n\n"
        "Medians of CPU time, both sides in one process on one thread (imports each in a new one), "
        "float32 (bias and variance: float64 on both sides), "
        f"torch {torch.__version__}. `make bench` measures them anew.\n"
    )
    sys.stdout.write(text)
    RESULTS.write_text(text, encoding="utf-8")
    return 0 if all(row.met for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
