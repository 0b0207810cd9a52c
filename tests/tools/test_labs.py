"""The labs' bundles are those of their sources, and light."""

import gzip
import os
import shutil
from pathlib import Path

import pytest

from tools import labs

SHARED, ONE = 25_000, 6_000


def test_bundles_are_those_of_their_sources(tmp_path: Path) -> None:
    if shutil.which("npm") is None and os.environ.get("COURSE_REQUIRE_BROWSER") != "1":
        pytest.skip("no Node.js found, which bundles the labs")
    labs.bundle(labs.install(), tmp_path)
    built = {path.name for path in labs.BUILT.iterdir() if path.suffix == ".js"}
    assert built == {path.name for path in tmp_path.iterdir()}
    for name in sorted(built):
        same = (tmp_path / name).read_bytes() == (labs.BUILT / name).read_bytes()
        assert same, f"{name} is not what its sources give: `make labs`"


def test_bundles_are_light() -> None:
    for path in labs.BUILT.glob("*.js"):
        weight = len(gzip.compress(path.read_bytes(), 6))
        assert weight <= (SHARED if path.name == "labs.js" else ONE), path.name
