"""Time each chapter's notebook: part of ``make bench``.

    python -m tools.bench.notebooks                every chapter
    python -m tools.bench.notebooks adam momentum  these

The English edition is executed as ``make outputs`` does it, on one thread. A time is what the
kernel computes from its start to its end, imports included: seconds of CPU, which a busy machine
stretches less than it does the clock's. A machine's pace still varies from day to day, by a factor
of two where others share it: so what a program takes that has no more than a notebook's imports
stands below the table, from the same run.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools import chapters
from tools.outputs import execute, read

MOST, MOST_IN_ALL = 10.0, 100.0
"""Seconds that a chapter may take, and all of them together."""

IMPORTS = """
import matplotlib.pyplot, pandas, torch
torch.optim.SGD([torch.ones(1)])  # the first optimizer imports torch's compiler
"""


def seconds_of(path: Path) -> float:
    """Execute a notebook; return the seconds of CPU that its kernel took."""
    before = _of_children()
    execute(read(path), path.resolve().parent)
    return _of_children() - before


def seconds_of_imports() -> float:
    """Return the seconds of CPU of a program that imports what most notebooks do."""
    before = _of_children()
    subprocess.run([sys.executable, "-c", IMPORTS], check=True)
    return _of_children() - before


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def lines(taken: Mapping[str, float], imports: float, load: float) -> str:
    """Return a line for each chapter, the longest first, one for their sum, and the machine's."""
    rows = [
        (name, seconds, MOST) for name, seconds in sorted(taken.items(), key=lambda one: -one[1])
    ]
    rows.append(("together", sum(taken.values()), MOST_IN_ALL))
    shown = [
        f"{name:25} {seconds:6.1f} s" + (f"  more than {most:.0f}" if seconds > most else "")
        for name, seconds, most in rows
    ]
    machine = f"Imports alone: {imports:.1f} s. Load average: {load:.1f}."
    return "\n".join([*shown, machine, ""])


def main(names: Sequence[str]) -> int:
    """Print the seconds of each chapter; return 1 if one or all together take too many."""
    taken = {name: seconds_of(chapters.path(name, "en")) for name in names or chapters.names()}
    sys.stdout.write(lines(taken, seconds_of_imports(), os.getloadavg()[0]))
    return int(max(taken.values()) > MOST or sum(taken.values()) > MOST_IN_ALL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
