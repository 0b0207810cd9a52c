"""The Examples sections of coursekit's docstrings give what they say."""

import doctest
import pkgutil
from importlib import import_module

import pytest

import coursekit

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(coursekit.__path__, prefix="coursekit.")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    failed, _ = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS)
    if failed:
        pytest.fail(capsys.readouterr().out, pytrace=False)
