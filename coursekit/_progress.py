"""A progress bar, for a person who waits."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from coursekit import _require

if TYPE_CHECKING:
    from tqdm import tqdm


SECONDS_BEFORE_BAR = 1.0
"""A run shorter than this shows no progress bar to anyone."""


class Counter:
    """A bar that is counted up by hand; one that nobody sees costs nothing, tqdm's import too."""

    def __init__(self, unit: str, total: int, progress: bool | None) -> None:
        self.bar: tqdm[NoReturn] | None = None
        if _shown(progress):
            from tqdm import tqdm

            self.bar = tqdm(total=total, unit=unit, **_looks())

    def count(self) -> None:
        """Count one more."""
        if self.bar is not None:
            self.bar.update()

    def close(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.close()


def bar(unit: str, count: int, progress: bool | None) -> tqdm[int]:
    """Return a bar over 1, 2, ... ``count``; None shows it to whoever waits for it."""
    from tqdm import tqdm

    disable = not _shown(progress)
    return tqdm(range(1, count + 1), unit=unit, disable=disable, **_looks())


def _looks() -> dict[str, Any]:
    return {"file": sys.stderr, "delay": SECONDS_BEFORE_BAR, "leave": False}


def _shown(progress: bool | None) -> bool:
    return person_waits() if progress is None else _require.boolean("progress", progress)


def person_waits() -> bool:
    """Tell whether someone watches this process, as opposed to a script that stores its output."""
    setting = os.environ.get("COURSEKIT_PROGRESS", "")
    if setting in {"0", "1"}:
        return setting == "1"
    if sys.stderr.isatty():
        return True
    # In a kernel, a frontend with a person behind it allows questions to be asked on stdin;
    # nbclient, nbconvert and nbval, which execute notebooks for storage or comparison, do not.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return bool(getattr(getattr(shell, "kernel", None), "_allow_stdin", False))
