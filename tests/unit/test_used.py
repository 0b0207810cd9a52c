"""What is public is used: by a chapter, by an exercise in it, or elsewhere in the package."""

import ast
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import coursekit

ROOT = Path(coursekit.__file__).parent
BOOK = ROOT.parent / "book"

WAITING = {
    "bias_variance.bootstrap": "bagging",
    **dict.fromkeys(["check.adadelta", "check.rmsprop"], "named beside the exercise on Adagrad"),
    "check.binary_cross_entropy": "loss functions' exercises",
    "check.diagnoses": "what a reader may ask a checker",
    "check.exponential_schedule": "schedules' exercises",
    "check.gradient_descent": "gradient descent's exercises",
    **dict.fromkeys(["check.hint", "check.progress"], "what a reader may ask for"),
    "check.inverse_time_schedule": "schedules' exercises",
    "check.multi_step_schedule": "schedules' exercises",
    "check.nesterov": "named beside the exercise on momentum",
    "check.step_schedule": "schedules' exercises",
    "check.warm_restarts_schedule": "schedules' exercises",
    "labs.LABS": "what a reader may ask for",
    "labs.Lab": "what showing one gives",
    "optim.TorchOptimizer": "a module trained by any rule",
    "surfaces.names": "what a reader may ask for",
    "training.fit": "the loop, once it has been written by hand",
}
"""Public names that nothing uses yet, and what will. A name that is used may leave the list."""


def sources() -> Iterator[tuple[str, str]]:
    """Yield the code of every chapter, script and module, and whose it is."""
    for path in sorted(BOOK.glob("en/*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        lines = [line for cell in code for line in cell.splitlines() if line[:1] not in "%!"]
        yield path.name, "\n".join(lines)
    for path in [*sorted((BOOK / "scripts").glob("*.py")), *sorted(ROOT.rglob("*.py"))]:
        yield str(path.relative_to(ROOT.parent)), path.read_text(encoding="utf-8")


def names_in(code: str) -> set[str]:
    """Return each ``module.name`` of coursekit that ``code`` reads, however it was imported."""
    modules: dict[str, str] = {}
    found: set[str] = set()
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("coursekit"):
            home = (node.module or "").split(".")[1:]
            for alias in node.names:
                if home:
                    found.add(f"{home[0]}.{alias.name}")
                else:
                    modules[alias.asname or alias.name] = alias.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = modules.get(node.value.id, "")
            found.add(f"{module}.{node.attr}" if module else "")
    found.discard("")
    return found


def read_at_home(code: str) -> set[str]:
    """Return the names that a module reads outside of their own definition."""
    found: set[str] = set()
    for node in ast.parse(code).body:
        own = getattr(node, "name", None)
        if isinstance(node, ast.Import | ast.ImportFrom):
            continue
        inside = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        found |= inside - {own}
    return found


def public() -> set[str]:
    return {
        f"{module}.{name}"
        for module in coursekit.__all__
        for name in import_module(f"coursekit.{module}").__all__
    }


def used() -> set[str]:
    found: set[str] = set()
    for where, code in sources():
        here = names_in(code)
        if where.endswith("__init__.py"):
            continue  # a package's list of what it hands on is no use of it
        found |= here
        if where.startswith("coursekit/"):
            module = Path(where).with_suffix("").parts[1]
            found |= {f"{module}.{name}" for name in read_at_home(code)}
    return found


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("from coursekit import data\nx = data.moons(3)", {"data.moons"}),
        ("from coursekit import bias_variance as bv\nbv.decompose", {"bias_variance.decompose"}),
        ("from coursekit.optim import SGD", {"optim.SGD"}),
        ("from coursekit.data.synthetic import line", {"data.line"}),
        ("import torch\ndata.moons", set()),
    ],
)
def test_the_reader_of_names_finds_them(code: str, wanted: set[str]) -> None:
    assert names_in(code) == wanted


def test_what_is_public_is_used_by_a_chapter_an_exercise_or_another_module() -> None:
    unused = public() - used()
    assert unused <= set(WAITING), "use it, make it private or let it go"


def test_what_waits_is_there() -> None:
    assert set(WAITING) <= public()


def test_a_name_in_a_list_or_its_own_body_is_not_used() -> None:
    code = '__all__ = ["f", "g"]\n\ndef f():\n    return f\n\ndef g():\n    return f()\n'
    assert read_at_home(code) & {"f", "g"} == {"f"}
