"""Execute a chapter's cells under another draw of everything random in them.

Every source of randomness is shifted here and nowhere else: torch's generators and its global one,
NumPy's (and with them scikit-learn's ``random_state`` and seaborn's ``seed``) and Python's. A seed
``s`` becomes ``s + SHIFT * draw``; coursekit's ``seed=`` goes through torch's generators. Nothing
else of the chapter is changed, but that an assertion which fails is noted in place of ending the
run.
"""

import ast
import builtins
import contextlib
import io
import linecache
import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import numpy as np
import torch

from tools.claims import is_assertion

SHIFT = 100_003  # more than any chapter counts its seeds up
CELL = "<{}>"


@dataclass(frozen=True)
class Cell:
    """A code cell: its id, its code, and whether it is to end in an exception."""

    id: str
    source: str
    raises: bool = False


@dataclass(frozen=True)
class Run:
    """What one draw came to: each assertion by (cell, last line), and the cell that stopped it."""

    held: dict[tuple[str, int], bool]
    stopped: str = ""


def run(cells: list[Cell], draw: int, folder: Path) -> Run:
    """Execute the cells under draw number ``draw``; 0 is the chapter's own.

    It changes this process for good: the caller starts a new one for each run.
    """
    os.chdir(folder)
    shift_seeds(SHIFT * draw)
    held: dict[tuple[str, int], bool] = {}

    def note(cell: str, line: int, good: bool) -> None:
        held[cell, line] = held.get((cell, line), True) and good

    main = ModuleType("__main__")
    sys.modules["__main__"] = main
    main.__dict__.update(_note=note, display=_no_display)
    builtins.display = _no_display  # type: ignore[attr-defined]
    with _quietly():
        for cell in cells:
            try:
                _execute(cell, main.__dict__)
            except Exception as error:
                if not cell.raises:
                    said = " ".join(f"{type(error).__name__}: {error}".split())
                    return Run(held, f"{cell.id} stops: {said[:200]}")
    return Run(held)


def _execute(cell: Cell, names: dict[str, Any]) -> None:
    import matplotlib.pyplot as plt

    name = CELL.format(cell.id)
    lines = cell.source.splitlines(keepends=True)
    linecache.cache[name] = (len(cell.source), None, lines, name)
    tree = _Noting(cell.id).visit(ast.parse(cell.source, name))
    exec(compile(ast.fix_missing_locations(tree), name, "exec"), names)
    plt.close("all")


class _Noting(ast.NodeTransformer):
    """Put each assertion into a ``try`` that notes whether it held."""

    def __init__(self, cell: str) -> None:
        self.cell = cell

    def _noted(self, node: ast.stmt) -> ast.stmt:
        said = f"_note({self.cell!r}, {node.end_lineno}, {{}})"
        frame = f"try:\n    pass\nexcept AssertionError:\n    {said}\nelse:\n    {said}"
        outer = cast(ast.Try, ast.parse(frame.format(False, True)).body[0])
        outer.body = [node]
        return ast.copy_location(outer, node)

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        return self._noted(node)

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        return self._noted(node) if is_assertion(node) else node


def shift_seeds(by: int) -> None:
    """Add ``by`` to every seed that is given from here on, and to those that nobody gives."""
    _shift_torch(by)
    _shift_numpy(by)
    plain = random.seed
    random.seed = _shifted(plain, by)
    random.seed(0)


def _shifted(seeding: Callable[..., Any], by: int) -> Callable[..., Any]:
    def seed(value: Any = None, *rest: Any, **named: Any) -> Any:
        return seeding(_moved(value, by), *rest, **named)

    return seed


def _moved(value: Any, by: int) -> Any:
    """Return a seed shifted; what is no whole number stays (a generator, an array, None)."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return int(value) + by if whole else value


def _shift_torch(by: int) -> None:
    class Generator(torch._C.Generator):
        def __init__(self, *_: Any, **__: Any) -> None:
            super().manual_seed(torch._C.Generator().initial_seed() + by)

        def manual_seed(self, seed: int) -> "Generator":
            super().manual_seed(_moved(seed, by))
            return self

    seed_all = _shifted(torch.random.manual_seed, by)
    torch.Generator = Generator  # type: ignore[misc]
    torch.manual_seed = torch.random.manual_seed = seed_all
    torch.manual_seed(0)  # nobody's seed is another in each process


def _shift_numpy(by: int) -> None:
    plain = np.random.RandomState

    class Both(type(plain)):  # type: ignore[misc]
        def __instancecheck__(cls, one: object) -> bool:
            return isinstance(one, plain)

    class RandomState(plain, metaclass=Both):  # type: ignore[misc, valid-type]
        def __init__(self, seed: Any = None) -> None:
            super().__init__(_moved(seed, by))

        def seed(self, seed: Any = None) -> None:
            super().seed(_moved(seed, by))

    np.random.RandomState = RandomState  # type: ignore[misc]
    np.random.default_rng = _shifted(np.random.default_rng, by)
    np.random.seed = _shifted(np.random.seed, by)
    np.random.seed(0)  # noqa: NPY002


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Keep back what the cells print and warn of, and draw nothing."""
    import matplotlib.pyplot as plt

    plt.show = lambda *_, **__: None
    heard = io.StringIO()
    with (
        contextlib.redirect_stdout(heard),
        contextlib.redirect_stderr(heard),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


def _no_display(*_: Any, **__: Any) -> None:
    """Show nothing."""
