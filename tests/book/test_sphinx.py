"""What the pages' scripts change of Sphinx's own is still there, as it was read."""

import re
from pathlib import Path

import pytest
import sphinx

READ_IN = "7.4"
"""The Sphinx whose scripts were read."""

STATIC = Path(sphinx.__file__).parent / "themes" / "basic" / "static"
OURS = Path(__file__).resolve().parents[2] / "book" / "_static"
SIGNATURES = {
    "_performSearch": "(query, searchTerms, excludedTerms, highlightTerms, objectTerms) =>",
    "_parseQuery": "(query) =>",
    "htmlToText": "(htmlString, anchor) =>",
}


def changed() -> set[str]:
    """Return the parts of Sphinx's search that a script of ours reads or replaces."""
    text = (OURS / "search.js").read_text(encoding="utf-8")
    sphinxs = (STATIC / "searchtools.js").read_text(encoding="utf-8")
    names = set(re.findall(r"(?<![\w.])Search\.(\w+)", text))
    own = set(re.findall(r"(?<![\w.])Search\.(\w+) = ", text)) - names_in(sphinxs)
    return {name for name in names - own if name.startswith("_") or name in SIGNATURES}


def names_in(script: str) -> set[str]:
    return set(re.findall(r"^  (\w+):", script, re.MULTILINE))


@pytest.mark.parametrize("name", sorted(changed()))
def test_the_search_is_as_it_was_read(name: str) -> None:
    text = " ".join((STATIC / "searchtools.js").read_text(encoding="utf-8").split())
    said = (
        f"book/_static/search.js changes Search.{name} as Sphinx {READ_IN} has it; "
        f"this is {sphinx.__version__}"
    )
    assert f" {name}: {SIGNATURES.get(name, '')}" in text, said
    assert sphinx.__version__.startswith(f"{READ_IN}."), f"{said}: read its searchtools.js anew"
