"""The scripts that chapters offer for download do what the chapters say."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pandas as pd
import torch

from coursekit import descent, optim, surfaces

SCRIPTS = Path(__file__).resolve().parents[2] / "book" / "scripts"


def torchrun(processes: int, script: Path, *arguments: str, restarts: int = 0) -> str:
    """Return what a script prints on so many processes."""
    options = ["--standalone", "--nproc-per-node", str(processes), "--max-restarts", str(restarts)]
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", *options, str(script), *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(SCRIPTS.parents[1])},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_two_processes_take_the_step_of_one() -> None:
    script = SCRIPTS / "data_parallel.py"
    together, beside = (
        torch.tensor([float(word) for word in line.split()[2:]], dtype=torch.float64)
        for line in torchrun(2, script).splitlines()
    )
    alone = runpy.run_path(str(script))["single_process"](steps=100, lr=0.1)
    torch.testing.assert_close(together, alone, rtol=1e-12, atol=1e-12)
    assert torch.equal(beside, alone)


DYING = """
import os, runpy, sys
sys.path.insert(0, {scripts!r})
import sweep
whole = sweep.piece

def piece(number, device):
    if number == 10 and os.environ["TORCHELASTIC_RESTART_COUNT"] == "0":
        os._exit(1)  # no goodbye, as from a machine that loses its power
    found = whole(number, device)
    with open({log!r}, "a") as log:
        print(number, file=log)
    return found

sweep.piece = piece
sweep.main()
"""


def test_any_number_of_processes_gives_the_same_rows(tmp_path: Path) -> None:
    script = SCRIPTS / "sweep.py"
    rows = []
    for processes in (1, 2, 3):
        out = tmp_path / str(processes)
        said = torchrun(processes, script, str(out))
        assert said.startswith(f"10000 runs from {processes} processes")
        rows.append((out / "sweep.csv").read_bytes())
    assert rows[0] == rows[1] == rows[2]
    frame = pd.read_csv(tmp_path / "1" / "sweep.csv")
    assert frame["run"].tolist() == list(range(10_000))
    lr, start = runpy.run_path(str(script))["runs"]()
    chosen = [0, 4_711, 9_999]
    valley = surfaces.get("rosenbrock")
    path = descent.descend(valley, start[chosen], optim.Adam(lr=lr[chosen]), 200)
    ends = frame.loc[chosen, ["x0", "x1", "value"]].to_numpy()
    wanted = torch.cat((path.points[-1], path.values[-1].unsqueeze(-1)), dim=-1)
    torch.testing.assert_close(torch.tensor(ends), wanted, rtol=1e-12, atol=1e-12)


def test_what_is_saved_outlives_a_process_that_dies(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    made = runpy.run_path(str(SCRIPTS / "sweep.py"))
    for number in (1, 3):
        made["saved"](number, out, torch.device("cpu"))
    before = {file.name: file.stat().st_mtime_ns for file in out.iterdir()}
    dying = tmp_path / "dying.py"
    log = tmp_path / "log"
    dying.write_text(DYING.format(scripts=str(SCRIPTS), log=str(log)), encoding="utf-8")
    said = torchrun(2, dying, str(out), restarts=1)
    assert said.startswith("10000 runs from 2 processes")
    after = {file.name: file.stat().st_mtime_ns for file in out.iterdir()}
    # The process that was stopped may leave a piece under its unfinished name.
    assert sum(name.endswith(".pt") for name in after) == made["PIECES"]
    assert all(after[name] == when for name, when in before.items())
    # The other process may have been stopped between a piece and its file; this one was not.
    computed = [int(line) for line in log.read_text(encoding="utf-8").split()]
    assert [number for number in computed if number % 2 == 0] == list(range(0, made["PIECES"], 2))
    assert not {1, 3} & set(computed)
    pieces = [made["piece"](number, torch.device("cpu")) for number in range(made["PIECES"])]
    wanted = made["framed"](pieces).to_csv(index=False)
    assert (out / "sweep.csv").read_text(encoding="utf-8") == wanted
