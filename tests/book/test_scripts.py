"""The scripts that chapters offer for download do what the chapters say."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import torch

SCRIPTS = Path(__file__).resolve().parents[2] / "book" / "scripts"


def test_two_processes_take_the_step_of_one() -> None:
    script = SCRIPTS / "data_parallel.py"
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(script)]
    done = subprocess.run(
        [sys.executable, *launch],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    together, beside = (
        torch.tensor([float(word) for word in line.split()[2:]], dtype=torch.float64)
        for line in done.stdout.splitlines()
    )
    alone = runpy.run_path(str(script))["single_process"](steps=100, lr=0.1)
    torch.testing.assert_close(together, alone, rtol=1e-12, atol=1e-12)
    assert torch.equal(beside, alone)
