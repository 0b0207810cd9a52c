"""The two sides of each timed comparison compute the same."""

import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch

from tools.bench import __main__ as bench
from tools.bench import notebooks


def test_learning_rates_end_where_torchs_do() -> None:
    lrs = bench.learning_rates(5, torch.float64)
    torch.testing.assert_close(
        bench.adam_batched(lrs), bench.adam_one_by_one(lrs), rtol=1e-9, atol=1e-9
    )


def test_bias_and_variance_are_mlxtends() -> None:
    pytest.importorskip("mlxtend", reason="mlxtend is not installed")
    torch.testing.assert_close(
        bench.decompose_batched([1, 12, 4], 5),
        bench.decompose_mlxtend([1, 12, 4], 5),
        rtol=1e-6,
        atol=0,
    )


def test_networks_predict_what_torchs_do() -> None:
    seeds = [0, 7]
    torch.testing.assert_close(
        bench.networks_batched(seeds, torch.float64),
        bench.networks_one_by_one(seeds, torch.float64),
        rtol=1e-8,
        atol=1e-8,
    )


def test_jax_takes_the_same_path() -> None:
    pytest.importorskip("jax", reason="jax is not installed")
    pytest.importorskip("optax", reason="optax is not installed")
    lrs = torch.tensor([1e-4, 1e-3, 1e-2])
    theirs = bench.adam_in_jax()(lrs.numpy())
    for ours, other in zip(bench.adam_path(lrs), theirs, strict=True):
        assert ours.shape == other.shape
        torch.testing.assert_close(ours, torch.tensor(np.array(other)), rtol=2e-3, atol=1e-4)


def test_other_ensembles_predict_what_ours_do() -> None:
    seeds = [0, 7, 3]
    ours = bench.networks_batched(seeds, torch.float64)
    torch.testing.assert_close(
        bench.networks_by_recipe(seeds, torch.float64), ours, rtol=1e-8, atol=1e-8
    )
    pytest.importorskip("optax", reason="optax is not installed")
    theirs = torch.tensor(np.array(bench.networks_in_jax(seeds)()))
    torch.testing.assert_close(theirs, bench.networks_batched(seeds), rtol=1e-3, atol=1e-3)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_end_that_is_kept_has_its_time_and_memory() -> None:
    seconds, gib = bench.end_kept(2_000_000, steps=1)
    assert seconds > 0
    assert 5 * 4 * 2e6 / 2**30 < gib < 1  # at least a rate, two coordinates and ends, a value


def test_sides_take_turns_after_a_warm_up() -> None:
    calls: list[str] = []
    seconds = bench.in_turn(lambda: calls.append("a"), lambda: calls.append("b"), repeats=2)
    assert calls == ["a", "b", "a", "b", "a", "b"]
    assert len(seconds) == 2


def test_a_missed_ratio_shows() -> None:
    row = bench.Row("x", "loop", 100.0, 0.02, "≥ 9,000×", met=False)
    assert bench.table([row]).splitlines()[2] == (
        "| x | loop: 100.0 s | 20.0 ms | 5,000× | ≥ 9,000× | **no** |"
    )


def test_a_notebooks_time_is_what_its_kernel_computes(tmp_path: Path) -> None:
    work = "import time\nwhile time.process_time() < 2.5:\n    pass"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(work)])
    nbformat.write(notebook, tmp_path / "busy.ipynb")
    assert notebooks.seconds_of(tmp_path / "busy.ipynb") >= 2.5


def test_a_chapter_that_takes_too_long_shows() -> None:
    assert notebooks.lines({"quick": 9.0, "slow": 10.5}, 4.04, 0.25).splitlines() == [
        "slow                        10.5 s  more than 10",
        "quick                        9.0 s",
        "together                    19.5 s",
        "Imports alone: 4.0 s. Load average: 0.2.",
    ]


def test_readme_quotes_the_results() -> None:
    root = Path(__file__).resolve().parents[2]
    results = (root / "tools/bench/results.md").read_text(encoding="utf-8").strip()
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert results in readme, "README.md quotes other numbers than tools/bench/results.md"
