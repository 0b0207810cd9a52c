"""Which unit tests are a file's of coursekit."""

import re
from functools import cache
from pathlib import Path

from tools.outputs import ROOT

PACKAGE = ROOT / "coursekit"
TESTS = ROOT / "tests" / "unit"


def unit(path: Path) -> str:
    """Return the name of the module, or of the package in coursekit, that a file belongs to."""
    return Path(path.parts[path.parts.index("coursekit") + 1]).stem


@cache
def tests_of(name: str) -> tuple[Path, ...]:
    """Return the tests of a module or package of coursekit; of one without, those of its users.

    Examples
    --------
    >>> [path.name for path in tests_of("surfaces")]
    ['test_surfaces.py']
    """
    bare = name.strip("_")
    found = {*TESTS.rglob(f"test_{bare}.py"), *TESTS.rglob(f"test_{bare}_*.py")}
    found |= {*(TESTS / bare).glob("test_*.py")}
    if not found:
        imported = re.compile(
            rf"^from coursekit(\.{name} import| import [^\n]*\b{name}\b)", re.MULTILINE
        )
        for path in PACKAGE.rglob("*.py"):
            user = unit(path)
            if user not in (name, "__init__") and imported.search(path.read_text(encoding="utf-8")):
                found |= {*tests_of(user)}
    return tuple(sorted(found))
