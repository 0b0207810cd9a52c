"""In what two editions of a page disagree, beyond their language."""

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import unified_diff
from io import BytesIO
from itertools import zip_longest

from nbformat import NotebookNode
from PIL import Image

from tests.book.myst import Page, parse
from tools import figures
from tools.chapters import called, figure, tags
from tools.gate.comparison import FIGURES, NUMBER, Tolerance, compare_text
from tools.gate.plugin import terms_of
from tools.outputs import TO_WRITE, unwritten
from tools.twins import HAN, code_disagrees

IN_LANGUAGE = re.compile(r"""notebook\.setup\((?P<quote>["'])(?P<language>\w+)(?P=quote)\)""")
VERDICT = re.compile(r'<div lang="(?P<language>en|zh)\b')
DRAWN = Tolerance(rtol=1e-3)  # both editions are drawn, but perhaps not by one processor


def notebooks_disagree(en: NotebookNode, zh: NotebookNode) -> Iterator[str]:
    """Yield where two notebooks differ in more than their language.

    That is in prose, comments and the words in strings, outputs and figures.
    """
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
        if unwritten(cell):
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
    yield from code_disagrees(en.source, zh.source)
    try:
        terms = [replace(terms_of(cell), reason="") for cell in (en, zh)]
    except ValueError as error:
        yield str(error)
        return
    if terms[0] != terms[1]:
        yield "the '# gate:' comments ask for different things"
    old, new = ([output for output in cell.outputs if not _speaks(output)] for cell in (en, zh))
    for number, (here, there) in enumerate(zip_longest(old, new), 1):
        for what in _outputs_disagree(here, there, terms[0].tolerance):
            yield f"output {number} (en, then zh): {what}"
    verdicts = [list(filter(None, map(_speaks, cell.outputs))) for cell in (en, zh)]
    if len(verdicts[0]) != len(verdicts[1]):
        yield f"en has {len(verdicts[0])} exercise verdicts, zh has {len(verdicts[1])}"
    for edition, languages in zip(("en", "zh"), verdicts, strict=True):
        if set(languages) - {edition}:
            yield f"the {edition} edition shows a verdict in another language"


def _outputs_disagree(
    en: NotebookNode | None, zh: NotebookNode | None, tolerance: Tolerance
) -> Iterator[str]:
    """Yield where two outputs differ in more than words: in kind, in numbers, in what is drawn."""
    kinds = [_kind(output) for output in (en, zh)]
    if en is None or zh is None or kinds[0] != kinds[1]:
        yield f"{kinds[0]} in en, {kinds[1]} in zh"
        return
    here, there = _text(en), _text(zh)
    if HAN.search(there):  # words differ, the numbers and their order may not
        here, there = ("\n".join(NUMBER.findall(text)) for text in (here, there))
    difference = compare_text("text", here, there, tolerance)
    if difference:
        yield difference.message
    for mime in FIGURES:
        sizes = [_size(output.data[mime]) for output in (en, zh) if mime in output.get("data", {})]
        if len(set(sizes)) > 1:
            yield f"the figure is of {sizes[0]} pixels in en, of {sizes[1]} in zh"
    here, there = (
        "\n".join(output.get("metadata", {}).get(figures.KEY, {}).get("data", []))
        for output in (en, zh)
    )
    if here and there:
        difference = compare_text("data", here, there, DRAWN)
        if difference:
            yield f"the figures show other data: {difference.message}"


def _kind(output: NotebookNode | None) -> str:
    if output is None:
        return "nothing"
    return " ".join([output.output_type, *sorted(output.get("data", {})), output.get("name", "")])


def _text(output: NotebookNode) -> str:
    """Return what an output says; of a table its HTML, for its plain text breaks lines by width."""
    data = output.get("data", {})
    for mime in ("text/html", "text/markdown", "text/plain"):
        if mime in data:
            return str(data[mime])
    return str(output.get("text", ""))


def _size(encoded: str) -> tuple[int, int]:
    with Image.open(BytesIO(base64.b64decode(encoded))) as image:
        return image.size


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
