"""The Examples sections of coursekit's docstrings give what they say."""

import doctest
import pkgutil
from importlib import import_module

import pytest

import coursekit
from coursekit import check

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(coursekit.__path__, prefix="coursekit.")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    failed, _ = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS)
    if failed:
        pytest.fail(capsys.readouterr().out, pytrace=False)


@pytest.mark.parametrize("name", check.EXERCISES)
def test_the_examples_of_a_checker_run(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A declared checker is made by a decorator, where doctest doesn't look for it."""
    (example,) = doctest.DocTestFinder().find(getattr(check, name), name, module=False, globs={})
    assert example.examples
    if doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example).failed:
        pytest.fail(capsys.readouterr().out, pytrace=False)
