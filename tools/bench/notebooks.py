"""Time each chapter's notebook: part of ``make bench``.

    python -m tools.bench.notebooks                every chapter
    python -m tools.bench.notebooks adam momentum  these

The English edition is executed as ``make outputs`` does it, on one thread. A time is what the
kernel computes from its start to its end, imports included: seconds of CPU, which a busy machine
stretches less than it does the clock's.
"""

import os
import resource
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools import chapters
from tools.outputs import execute, read

MOST, MOST_IN_ALL = 10.0, 100.0
"""Seconds that a chapter may take, and all of them together."""


def seconds_of(path: Path) -> float:
    """Execute a notebook; return the seconds of CPU that its kernel took."""
    before = _of_children()
    execute(read(path), path.resolve().parent)
    return _of_children() - before


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def lines(taken: Mapping[str, float], load: float) -> str:
    """Return a line for each chapter, the longest first, and one for their sum."""
    rows = [
        (name, seconds, MOST) for name, seconds in sorted(taken.items(), key=lambda one: -one[1])
    ]
    rows.append(("together", sum(taken.values()), MOST_IN_ALL))
    shown = [
        f"{name:25} {seconds:6.1f} s" + (f"  more than {most:.0f}" if seconds > most else "")
        for name, seconds, most in rows
    ]
    return "\n".join([*shown, f"Load average: {load:.1f}.", ""])


def main(names: Sequence[str]) -> int:
    """Print the seconds of each chapter; return 1 if one or all together take too many."""
    taken = {name: seconds_of(chapters.path(name, "en")) for name in names or chapters.names()}
    sys.stdout.write(lines(taken, os.getloadavg()[0]))
    return int(max(taken.values()) > MOST or sum(taken.values()) > MOST_IN_ALL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
