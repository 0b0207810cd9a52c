"""An environment that is empty but for a wheel and what it requires.

Two ways to one: :func:`linked` links what the wheel's own metadata name, and what these name in
turn, from the environment at hand, in a second and without a network; :func:`downloaded` lets pip
resolve and fetch everything, which takes minutes and a gigabyte and a half.
"""

import os
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.environments.legs import ROOT

READER = ("ipykernel", "nbclient")
"""What runs a notebook without a browser: no part of coursekit, whoever reads has some Jupyter."""

# Where another Python, or another Jupyter's kernels and settings, would get in.
_OUTSIDE = ("PYTHON", "JUPYTER", "IPYTHON", "VIRTUAL_ENV", "PIP_USER", "COURSEKIT")

_EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[1])
"""


def linked(folder: Path, wheel: Path) -> Path:
    """Make the environment by links, ``pip`` left out; return its Python."""
    python = _made(folder, wheel)
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder)}))
    roots = [*_requires(_installed(packages)), *map(Requirement, READER)]
    for one in _closure(roots):
        _link(one, packages)
    return python


def downloaded(folder: Path, wheel: Path) -> Path:
    """Make the environment as a reader does; return its Python.

    The torch that PyPI has for Linux brings CUDA along: one for the CPU is taken where there is.
    """
    python = _made(folder, wheel)
    lock = (ROOT / "requirements-cpu.lock").read_text(encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q"]
    for torch in re.findall(r"^torch==\S+", lock, re.MULTILINE):
        subprocess.run([*pip, torch], env=clean(folder), check=False)
    subprocess.run([*pip, *READER, str(wheel)], env=clean(folder), check=True)
    return python


def clean(folder: Path) -> dict[str, str]:
    """Return the variables under which nothing from outside gets into the environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OUTSIDE)}
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    return {**kept, **{name: str(folder / name.lower()) for name in places}}


def execute(python: Path, notebook: Path) -> None:
    """Execute a notebook with this Python, in the notebook's folder, and write it back."""
    command = [str(python), "-c", _EXECUTE, notebook.name]
    subprocess.run(command, cwd=notebook.parent, env=clean(python.parents[1]), check=True)


def _made(folder: Path, wheel: Path) -> Path:
    venv.create(folder, clear=True)
    python = folder / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q"]
    command += ["--no-deps", "--no-index", str(wheel)]
    subprocess.run(command, env=clean(folder), check=True)
    return python


def _installed(packages: Path) -> Distribution:
    (found,) = Distribution.discover(path=[str(packages)])
    return found


def _requires(one: Distribution, extras: Iterable[str] = ()) -> Iterator[Requirement]:
    for text in one.requires or ():
        wanted = Requirement(text)
        chosen = [{"extra": extra} for extra in ("", *extras)]
        if wanted.marker is None or any(map(wanted.marker.evaluate, chosen)):
            yield wanted


def _closure(roots: Iterable[Requirement]) -> Iterator[Distribution]:
    """Return what is required, and what that requires, each once."""
    waiting, seen = list(roots), set()
    while waiting:
        wanted = waiting.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            one = distribution(wanted.name)
        except PackageNotFoundError:
            raise SystemExit(f"{wanted} is required and not installed here") from None
        waiting += _requires(one, wanted.extras)
        yield one


def _link(one: Distribution, packages: Path) -> None:
    """Link what a distribution has at the top; what it puts outside the packages is left out."""
    for name in {path.parts[0] for path in one.files or ()} - {"..", "__pycache__"}:
        if not (packages / name).exists():
            (packages / name).symlink_to(Path(str(one.locate_file(name))).resolve())
