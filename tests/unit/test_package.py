"""The house: who may import whom, what an import costs and what it may not touch."""

import ast
import inspect
import subprocess
import sys
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TypeVar, get_type_hints

import pandas as pd
import pytest

import coursekit
from coursekit.descent import Path as DescentPath
from coursekit.surfaces import Surface

ROOT = Path(coursekit.__file__).parent

FLOORS: tuple[set[str], ...] = (
    {"_fonts", "_shell", "_moved", "_require"},
    {"_language", "_progress"},
    {"data", "losses", "surfaces", "optim", "schedules", "penalties", "autodiff"},
    {"_scheduled"},
    {"descent", "training", "bias_variance", "linear_models"},
    {"plots", "check", "labs", "source"},
    {"notebook"},
)
FLOOR = {module: floor for floor, modules in enumerate(FLOORS) for module in modules}

FILES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")
every_file = pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))


def module_of(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").parts[0]


def module_at(path: Path) -> ModuleType:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return import_module(".".join(parts).removesuffix(".__init__"))


def defined_in(module: ModuleType) -> list[object]:
    return [
        one for one in vars(module).values() if getattr(one, "__module__", "") == module.__name__
    ]


def imported_by(code: str, package: str) -> set[str]:
    """Return the modules of coursekit that a file names in an import, wherever it stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) + 1 - node.level]
            base = ".".join([*(parents if node.level else []), *filter(None, [node.module])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("coursekit.")}
    return found


def python(code: str) -> str:
    """Return what a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT.parent
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("import torch, coursekit.optim as o", {"optim"}),
        ("from coursekit.optim import Adam, SGD", {"optim"}),
        ("from coursekit import _require, data", {"_require", "data"}),
        ("from . import plots\nfrom .optim import Adam", {"plots", "optim"}),
        ("def f():\n    from coursekit.check import adam", {"check"}),
        ("from coursekitten.optim import Adam\nimport torch.optim", set()),
    ],
)
def test_the_reader_of_imports_reads_them_all(code: str, wanted: set[str]) -> None:
    assert imported_by(code, "coursekit") == wanted


def test_every_module_has_its_floor() -> None:
    assert {module_of(path) for path in FILES} <= set(FLOOR)
    assert set(coursekit.__all__) == {name for name in FLOOR if not name.startswith("_")}


@every_file
def test_a_file_imports_only_from_floors_below_its_own(path: Path) -> None:
    package = ".".join(("coursekit", *path.relative_to(ROOT).parent.parts))
    own = module_of(path)
    for module in imported_by(path.read_text(encoding="utf-8"), package) - {own}:
        assert FLOOR[module] < FLOOR[own], f"{own} may not import {module}"


def test_the_package_hands_on_its_modules_and_nothing_else() -> None:
    assert dir(coursekit) == coursekit.__all__
    assert coursekit.optim.__name__ == "coursekit.optim"
    with pytest.raises(AttributeError, match="module 'coursekit' has no attribute 'optimizers'"):
        coursekit.optimizers  # noqa: B018
    defined = {
        type(node).__name__ for node in ast.parse((ROOT / "__init__.py").read_text()).body
    } - {"Expr", "ImportFrom", "Assign", "FunctionDef"}
    assert not defined


def test_the_package_itself_imports_nothing() -> None:
    assert (
        python(
            "import sys; before = set(sys.modules); import coursekit;"
            "print([m for m in set(sys.modules) - before if m.partition('.')[0] in"
            " ('torch', 'numpy', 'pandas', 'matplotlib', 'sklearn', 'seaborn')])"
        )
        == "[]\n"
    )


LIGHT = [
    "autodiff",
    "losses",
    "surfaces",
    "optim",
    "schedules",
    "penalties",
    "descent",
    "linear_models",
    "source",
]

LOADED = f"""
import sys, torch
from importlib import import_module
heavy = {{"pandas", "matplotlib", "sklearn", "seaborn", "scipy", "IPython", "tqdm", "sympy"}}
heavy -= set(sys.modules)
for module in {LIGHT}:
    import_module(f"coursekit.{{module}}")
    for name in heavy & set(sys.modules):
        print(module, "loads", name)
from coursekit import descent, optim, surfaces
bowl = surfaces.bowl()
descent.descend(bowl, bowl.start, optim.Adam(lr=torch.ones(2, 1)), 1)
for name in heavy & set(sys.modules):
    print("a descent loads", name)
"""


def test_a_chapter_pays_only_for_the_imports_it_uses() -> None:
    assert python(LOADED) == ""


SETTINGS = """
import locale, os, random, sys, warnings
import matplotlib, matplotlib.pyplot as plt, numpy, pandas, seaborn, sklearn, torch, tqdm

def settings():
    return {
        "rcParams": dict(matplotlib.rcParams),
        "backend": matplotlib.get_backend(auto_select=False),
        "figures": plt.get_fignums(),
        "dtype": torch.get_default_dtype(),
        "device": torch.get_default_device(),
        "torch rng": torch.get_rng_state().tolist(),
        "grad": torch.is_grad_enabled(),
        "determinism": torch.are_deterministic_algorithms_enabled(),
        "threads": (torch.get_num_threads(), torch.get_num_interop_threads()),
        "printing": vars(torch._tensor_str.PRINT_OPTS),
        "numpy rng": str(numpy.random.get_state()),
        "numpy": (numpy.get_printoptions(), numpy.geterr()),
        "random": random.getstate(),
        "pandas": {key: pandas.get_option(key) for key in OPTIONS},
        "sklearn": sklearn.get_config(),
        "environment": dict(os.environ),
        "path": list(sys.path),
        "locale": locale.setlocale(locale.LC_ALL),
        "warnings": list(warnings.filters),
        "hook": sys.excepthook,
    }

OPTIONS = ["display.precision", "display.max_rows", "display.max_columns", "display.width"]
before = {name: repr(value) for name, value in settings().items()}
import coursekit
for module in coursekit.__all__:
    getattr(coursekit, module)
    for name, value in settings().items():
        if repr(value) != before[name]:
            print(module, "changes", name)
"""


def test_importing_draws_nothing_seeds_nothing_and_changes_no_setting() -> None:
    assert python(SETTINGS) == ""


@every_file
def test_what_is_built_of_fields_is_frozen(path: Path) -> None:
    for thing in defined_in(module_at(path)):
        if isinstance(thing, type) and is_dataclass(thing):
            with pytest.raises(AttributeError):
                setattr(thing.__new__(thing), next(iter(thing.__dataclass_fields__)), 0)


# What is public in check is said by the package, not by its modules.
PUBLIC = [
    path
    for path in FILES
    if (path.parent == ROOT / "check" and path.stem == "__init__")
    or (
        "check" not in path.relative_to(ROOT).parts
        and (path.stem == "__init__" or not path.stem.startswith("_"))
    )
]


@pytest.mark.parametrize("path", PUBLIC, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_lists_what_is_public_in_it(path: Path) -> None:
    module = module_at(path)
    own = {name for name in vars(module) if not name.startswith("_")}
    own &= {one.__name__ for one in defined_in(module) if hasattr(one, "__name__")}
    own -= {name for name in own if isinstance(vars(module)[name], TypeVar)}
    assert own <= set(module.__all__) <= set(vars(module))


# What modules import for type checkers alone, because importing it takes time. tqdm can be
# subscripted in its stubs only.
LAZY = {"DataFrame": pd.DataFrame, "Path": DescentPath, "Surface": Surface, "pd": pd, "tqdm": list}


@every_file
def test_every_annotation_names_something(path: Path) -> None:
    module = module_at(path)
    known = {name: thing for name, thing in LAZY.items() if name not in vars(module)}
    for thing in defined_in(module):
        owned = vars(thing).values() if isinstance(thing, type) else ()
        for function in filter(inspect.isfunction, (thing, *owned)):
            get_type_hints(function, localns=known)
