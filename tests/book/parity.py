"""In what two editions of a page disagree, beyond their language."""

import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import unified_diff

from nbformat import NotebookNode

from tests.book.myst import Page, parse
from tools.carry import TO_WRITE
from tools.chapters import called, figure, tags, words
from tools.gate.comparison import FIGURES, differences
from tools.gate.plugin import terms_of

IN_LANGUAGE = re.compile(r"""notebook\.setup\((?P<quote>["'])(?P<language>\w+)(?P=quote)\)""")
VERDICT = re.compile(r'<div lang="(?P<language>en|zh)\b')
ENDS = {tokenize.NEWLINE, tokenize.DEDENT}
IGNORED = {tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER}


def notebooks_disagree(en: NotebookNode, zh: NotebookNode) -> Iterator[str]:
    """Yield where two notebooks differ in more than the language of their prose and comments."""
    shape = [[(cell.cell_type, cell.id) for cell in edition.cells] for edition in (en, zh)]
    if shape[0] != shape[1]:
        yield from _listed("cells", *([" ".join(pair) for pair in side] for side in shape))
        yield "`make carry CHAPTER=... FROM=en` brings cells, ids and code to the other edition"
        return
    for number, (here, there) in enumerate(zip(en.cells, zh.cells, strict=True), 1):
        where = called(here, number)
        found = _code_disagrees if here.cell_type == "code" else _prose_disagrees
        for what in (*_metadata_disagrees(here, there), *found(here, there)):
            first, *rest = what.split("\n")
            yield "\n".join([f"{first.removesuffix(':')}: {where}", *rest])


def _metadata_disagrees(en: NotebookNode, zh: NotebookNode) -> Iterator[str]:
    for what, of in (("tags", tags), ("figure's name", lambda cell: figure(cell).name)):
        if of(en) != of(zh):
            yield f"{what}: en has {of(en)}, zh has {of(zh)}"
    for edition, cell in (("en", en), ("zh", zh)):
        texts = [cell.source, *(text for _, text in words(cell))]
        if any(TO_WRITE in text for text in texts):
            yield f"something is still to be written in {edition} ({TO_WRITE})"


def _prose_disagrees(en: NotebookNode, zh: NotebookNode) -> Iterator[str]:
    yield from pages_disagree(parse(en.source), parse(zh.source))


def pages_disagree(en: Page, zh: Page) -> Iterator[str]:
    """Yield where the parts that two texts must share differ."""
    for part in Page.SHARED:
        here, there = (list(map(str, getattr(page, part))) for page in (en, zh))
        if here != there:
            yield from _listed(part.replace("_", " "), here, there)


def _listed(what: str, en: Sequence[str], zh: Sequence[str]) -> Iterator[str]:
    lines = list(unified_diff(en, zh, "en", "zh", n=0, lineterm=""))[2:]
    changed = "\n    ".join(line for line in lines if not line.startswith("@@"))
    yield f"{what} differ (- only in en, + only in zh):\n    {changed}"


def _code_disagrees(en: NotebookNode, zh: NotebookNode) -> Iterator[str]:
    for edition, cell in (("en", en), ("zh", zh)):
        for setting in IN_LANGUAGE.finditer(cell.source):
            if setting["language"] != edition:
                yield f"the {edition} edition sets the language {setting['language']!r}"
    here, there = _tokens(en.source), _tokens(zh.source)
    if here != there:
        yield from _listed("code", here, there)
    try:
        terms = [replace(terms_of(cell), reason="") for cell in (en, zh)]
    except ValueError as error:
        yield str(error)
        return
    if terms[0] != terms[1]:
        yield "the '# gate:' comments ask for different things"
    old, new = ([output for output in cell.outputs if not _speaks(output)] for cell in (en, zh))
    for difference in differences(old, new, terms[0].tolerance):
        yield f"{difference.where} (en, then zh): {difference.message}"
    verdicts = [list(filter(None, map(_speaks, cell.outputs))) for cell in (en, zh)]
    if len(verdicts[0]) != len(verdicts[1]):
        yield f"en has {len(verdicts[0])} exercise verdicts, zh has {len(verdicts[1])}"
    for edition, languages in zip(("en", "zh"), verdicts, strict=True):
        if set(languages) - {edition}:
            yield f"the {edition} edition shows a verdict in another language"


def _tokens(source: str) -> list[str]:
    """Return the code's tokens, without what is in the edition's language.

    That is comments, docstrings and the language setting.
    """
    code = IN_LANGUAGE.sub('notebook.setup("*")', source)
    tokens = [
        token
        for token in tokenize.generate_tokens(io.StringIO(code).readline)
        if token.type not in IGNORED
    ]
    shown = []
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        alone = before and before.type == tokenize.INDENT and after and after.type in ENDS
        docstring = alone and token.type == tokenize.STRING
        words = "a docstring" if docstring else repr(token.string)
        shown.append(f"{tokenize.tok_name[token.type]} {words}")
    return shown


def _speaks(output: NotebookNode) -> str:
    """Return the edition whose language an exercise's verdict is in, "" for any other output.

    A verdict says it as HTML does: its outermost element has a ``lang``.
    """
    verdict = VERDICT.match(output.get("data", {}).get("text/html", ""))
    return verdict["language"] if verdict else ""


def has_figure(cell: NotebookNode) -> bool:
    """Tell whether a code cell shows a picture."""
    outputs = cell.get("outputs", [])
    return any(mime in output.get("data", {}) for mime in FIGURES for output in outputs)
