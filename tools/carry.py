"""Bring a chapter's code from one edition to the other: ``make carry CHAPTER=adam FROM=en``.

The other edition gets the same cells in the same order with the same ids, tags and names of
figures, and the same code. Its prose, captions, alt texts, comments and the words in its strings
stay. What it has no words for yet (a new cell, a new figure, a new comment) comes in the first
edition's language with ``TO-WRITE`` before it; a test fails until that is gone. New strings come as
they are and are named: only their writer knows which of them readers see. Ids that an editor drew
at random become readable ones, in both editions. A cell whose code changed loses its outputs:
``make outputs CHAPTER=adam`` stores them anew.
"""

import argparse
import io
import re
import sys
import tokenize
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode

from tools.chapters import chapter, figure, names, path
from tools.outputs import EDITIONS, TO_WRITE, unwritten, write
from tools.twins import HAN, LANGUAGE, same_but_for_breaks

RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8}")
DRAW = {"en": "# this draw", "zh": "# 只对这次抽样"}
TERMS = re.compile(r"#\s*(gate|defined):")


class Token(NamedTuple):
    """A piece of code, where it starts and ends, and what it is compared by."""

    text: str
    start: int
    end: int
    key: str


def tokens(source: str) -> list[Token]:
    """Return the code's tokens; all comments count as one, and all strings.

    Code that is no Python yet (a magic, an unfinished line) is one token a line.
    """
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found: list[Token] = []
    opened: list[int] = []  # f-strings, which are tokens of tokens from Python 3.12 on
    try:
        for one in tokenize.generate_tokens(io.StringIO(source).readline):
            start, end = (starts[line - 1] + column for line, column in (one.start, one.end))
            kind = tokenize.tok_name[one.type]
            if kind in ("FSTRING_START", "TSTRING_START"):
                opened.append(start)
            elif kind in ("FSTRING_END", "TSTRING_END"):
                start = opened.pop()
                if not opened:
                    found.append(Token(source[start:end], start, end, "a string"))
            elif not opened and one.string.strip():
                key = {"COMMENT": "a comment", "STRING": "a string"}.get(kind, one.string)
                found.append(Token(one.string, start, end, key))
            if found[1:] and found[-1].key == found[-2].key == "a string":  # they are one
                last, first = found.pop(), found.pop()
                whole = source[first.start : last.end]
                found.append(Token(whole, first.start, last.end, "a string"))
    except (tokenize.TokenError, SyntaxError):
        lines = zip(source.splitlines(), pairwise(starts), strict=True)
        return [Token(line, start, start + len(line), line) for line, (start, _) in lines]
    return found


def carried(code: str, own: str, edition: str) -> str:
    """Return the first edition's code with the other's comments and the words in its strings.

    Parameters
    ----------
    code, own : str
        The cell in the edition that is carried, and in the one that gets it.
    edition : str
        The latter.
    """
    parts, at = [], 0
    for token, twin in _twins(code, own):
        parts.append(code[at : token.start])
        if token.key == "a comment":
            parts.append(_comment(token.text, twin.text if twin else None, edition))
        elif token.key == "a string" and twin and _worded(token.text, twin.text, edition):
            parts.append(twin.text)
        else:
            parts.append(token.text)
        at = token.end
    made = LANGUAGE.sub(rf"\g<1>{edition}\g<1>", "".join([*parts, code[at:]]))
    return own if same_but_for_breaks(made, own) else made


def _twins(code: str, own: str) -> Iterator[tuple[Token, Token | None]]:
    """Yield each of the code's tokens with the one in its place in the other edition's."""
    theirs, ours = tokens(code), tokens(own)
    twins: dict[int, Token] = {}
    matcher = SequenceMatcher(
        None, [one.key for one in theirs], [one.key for one in ours], autojunk=False
    )
    for start, other, length in matcher.get_matching_blocks():
        twins |= {start + i: ours[other + i] for i in range(length)}
    for number, token in enumerate(theirs):
        yield token, twins.get(number)


def new_strings(code: str, own: str) -> list[str]:
    """Return the code's strings with letters in them that the other edition has none for."""
    return [
        token.text
        for token, twin in _twins(code, own)
        if token.key == "a string" and twin is None and re.search(r"[^\W\d_]{2}", token.text)
    ]


def _worded(theirs: str, ours: str, edition: str) -> bool:
    """Tell whether a string is in the edition's language, and the other one is not.

    One that differs in its spaces alone lines up with such strings.
    """
    if "".join(theirs.split()) == "".join(ours.split()):
        return True
    chinese = [bool(HAN.search(text)) for text in (theirs, ours)]
    return chinese == ([False, True] if edition == "zh" else [True, False])


def _comment(theirs: str, ours: str | None, edition: str) -> str:
    if theirs.strip() in DRAW.values():
        return DRAW[edition]
    same_kind = ours is not None and bool(TERMS.match(theirs)) == bool(TERMS.match(ours))
    if ours is not None and same_kind and ours.strip() not in DRAW.values():
        return ours
    if TERMS.match(theirs):
        return f"{theirs} ({TO_WRITE})"
    return f"# {TO_WRITE} {theirs.lstrip('# ')}"


def pairs(
    here: Sequence[NotebookNode], there: Sequence[NotebookNode]
) -> Iterator[tuple[NotebookNode, NotebookNode | None]]:
    """Yield each cell with the other edition's: of the same id, or in the same place.

    In the same place are cells of one kind, between the same neighbours, if there are as many of
    them in both editions: two people have given them ids, or an editor has.
    """
    known = {(cell.id, cell.cell_type): cell for cell in there}
    shared = {(cell.id, cell.cell_type) for cell in here} & known.keys()

    def gaps(cells: Sequence[NotebookNode]) -> dict[tuple[str, str], list[NotebookNode]]:
        found: dict[tuple[str, str], list[NotebookNode]] = {}
        last = ""
        for cell in cells:
            if (cell.id, cell.cell_type) in shared:
                last = cell.id
            else:
                found.setdefault((last, cell.cell_type), []).append(cell)
        return found

    others = gaps(there)
    placed: dict[str, NotebookNode] = {}
    for gap, cells in gaps(here).items():
        twins = others.get(gap, [])
        if len(twins) == len(cells):
            placed |= {cell.id: twin for cell, twin in zip(cells, twins, strict=True)}
    for cell in here:
        yield cell, known.get((cell.id, cell.cell_type)) or placed.get(cell.id)


def merged(cell: NotebookNode, twin: NotebookNode | None, edition: str) -> NotebookNode:
    """Return the cell as the other edition has it, with what it has no words for marked."""
    made: NotebookNode = nbformat.from_dict({**cell, "metadata": {**cell.metadata}})
    if cell.cell_type == "markdown":
        made.source = twin.source if twin else f"{TO_WRITE}\n\n{cell.source}"
        return made
    made.source = carried(cell.source, twin.source if twin else "", edition)
    made.outputs, made.execution_count = [], None
    if twin and made.source == twin.source:
        made.outputs, made.execution_count = twin.outputs, twin.execution_count
    said, own = figure(cell), figure(twin) if twin else None
    about = {key: dict(value) for key, value in cell.metadata.get("mystnb", {}).items()}
    if said.caption:
        about["figure"]["caption"] = (own and own.caption) or f"{TO_WRITE} {said.caption}"
    if said.alt:
        about["image"]["alt"] = (own and own.alt) or f"{TO_WRITE} {said.alt}"
    if about:
        made.metadata["mystnb"] = about
    return made


def rename_random(cells: Sequence[NotebookNode]) -> dict[str, str]:
    """Give cells whose ids an editor drew at random readable ones; return new ids by old."""
    taken = {cell.id for cell in cells}
    renamed = {}
    for number, cell in enumerate(cells, 1):
        if RANDOM_ID.fullmatch(cell.id):
            name = f"{cell.cell_type}-at-{number:02}"
            while name in taken:
                name += "-x"
            taken.add(name)
            renamed[cell.id] = name
            cell.id = name
    return renamed


def carry(here: NotebookNode, there: NotebookNode, edition: str) -> list[str]:
    """Change the second notebook, of this edition, as the first asks; return what was done.

    In the first, ids that were drawn at random are replaced.
    """
    matched = list(pairs(here.cells, there.cells))
    renamed = rename_random(here.cells)
    said = [f"{new}: was {old}" for old, new in renamed.items()]
    used = [twin for _, twin in matched if twin is not None]
    said += [
        f"{cell.id}: left out, for the other edition has no such {cell.cell_type} cell"
        for cell in there.cells
        if not any(cell is twin for twin in used)
    ]
    cells = []
    for cell, twin in matched:
        made = merged(cell, twin, edition)
        cells.append(made)
        if unwritten(made):
            said.append(f"{made.id}: {'new, ' if twin is None else ''}something is to be written")
        elif twin and cell.cell_type == "code" and made.source != twin.source:
            said.append(f"{made.id}: code changed")
        own = twin.source if twin else ""
        changed = cell.cell_type == "code" and made.source != own
        if changed and (fresh := new_strings(cell.source, own)):
            said.append(f"{made.id}: translate what readers see of {', '.join(fresh)}")
    there.cells = cells
    return said


def main() -> int:
    """Carry what the command line names; return the exit status."""
    parser = argparse.ArgumentParser(description="Bring a chapter's code to the other edition.")
    parser.add_argument("chapter", choices=names(), metavar="CHAPTER", help=", ".join(names()))
    parser.add_argument("--from", dest="source", choices=EDITIONS, default="en", help="(en)")
    asked = parser.parse_args()
    (edition,) = set(EDITIONS) - {asked.source}
    here, there = (chapter(asked.chapter, one) for one in (asked.source, edition))
    said = carry(here, there, edition)
    write(path(asked.chapter, asked.source), here)
    write(path(asked.chapter, edition), there)
    print(*said or ["nothing to carry: cells and code are the same"], sep="\n")
    if any("code changed" in one or "new" in one for one in said):
        print(f"Then: make outputs CHAPTER={asked.chapter}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
