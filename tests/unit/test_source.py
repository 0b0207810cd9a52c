"""Listings show the code that runs, whole, without its docstrings."""

import ast
import inspect
from textwrap import dedent

import pytest

from coursekit import optim, source


def documented(x: float) -> float:
    """Say something.

    At length.
    """

    # A comment that stays.
    text = """not a docstring"""
    return x + len(text)


class Documented:
    """Say something about the class."""

    size = 3

    def method(self) -> int:
        """Say something about the method."""
        return self.size


class OnlyText:
    """Nothing but this."""


def test_a_listing_is_the_code_without_its_docstring() -> None:
    assert source.show(documented).code == (
        "def documented(x: float) -> float:\n"
        "    # A comment that stays.\n"
        '    text = """not a docstring"""\n'
        "    return x + len(text)"
    )


def test_a_class_loses_its_own_docstring_and_its_methods() -> None:
    assert source.show(Documented).code == (
        "class Documented:\n    size = 3\n\n    def method(self) -> int:\n        return self.size"
    )


def test_a_method_is_dedented() -> None:
    listing = source.show(optim.Adam.update)
    assert listing.code.startswith("def update(self, theta")
    assert "root(v_hat) + self.eps" in listing.code
    assert '"""' not in listing.code
    assert source.show(optim.Adam().update) == listing


@pytest.mark.parametrize("thing", [documented, Documented, optim.Adam, optim.Adam.update])
def test_a_listing_computes_what_the_source_computes(thing: object) -> None:
    def bare(code: str) -> str:
        tree = ast.parse(dedent(code))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
                node.body = node.body[1:]
        return ast.dump(tree)

    assert bare(source.show(thing).code) == bare(inspect.getsource(thing))  # type: ignore[arg-type]


def test_a_body_that_is_only_a_docstring_stays_valid_code() -> None:
    assert ast.parse(source.show(OnlyText).code)


def test_a_notebook_highlights_and_a_terminal_prints_plainly() -> None:
    listing = source.Listing("x = 1")
    assert listing._repr_markdown_() == "```python\nx = 1\n```"
    assert repr(listing) == "x = 1"


@pytest.mark.parametrize("thing", [3, "Adam", len, int, None])
def test_what_has_no_python_source_is_refused_by_name(thing: object) -> None:
    with pytest.raises(TypeError, match=r"thing must be a function, method or class .* got"):
        source.show(thing)  # type: ignore[arg-type]


def test_a_lambda_amid_an_expression_is_shown_as_it_stands() -> None:
    listing = [
        source.show(lambda x: 2 * x),
    ][0]
    assert listing.code == "source.show(lambda x: 2 * x),"
    assert "{" in source.show({"double": lambda x: 2 * x}["double"]).code
