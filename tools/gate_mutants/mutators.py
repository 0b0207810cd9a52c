"""Small changes of what the gate guards: of stored outputs, of figures, and of code.

A change is what a mistake or a new version might do: another digit, a row less, a dot beside its
place, a minus too many. Each mutator takes its choices from the random generator that it is given
and returns ``None`` where there is nothing of its kind to change, or nothing came of it.
"""

import ast
import base64
import copy
import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from tools.gate.comparison import NUMBER, Tolerance

Outputs = list[Any]
Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

PNG = "image/png"
WORD = re.compile(r"[A-Za-z]{3,}")
TABLE_CELL = re.compile(r"<td[^>]*>([^<]*\w[^<]*)</td>")
TABLE_ROW = re.compile(r"[ \t]*<tr(?:(?!<tr).)*?<td.*?</tr>\n?", re.DOTALL)
HIDDEN = re.compile(r"<style.*?</style>|<[^>]*>", re.DOTALL)


# --- stored text ---------------------------------------------------------------------------------


def another_digit(text: str, random: Random) -> str | None:
    """Change one digit of a number, by more than the gate's tolerance."""
    numbers = list(NUMBER.finditer(_visible(text)))
    random.shuffle(numbers)
    for number in numbers:
        places = [number.start() + i for i, c in enumerate(number.group()) if c.isdigit()]
        place = random.choice(places)
        digit = random.choice([d for d in string.digits if d != text[place]])
        new = text[:place] + digit + text[place + 1 :]
        value = float(new[number.start() : number.end()])
        if not Tolerance().admits(float(number.group()), value):
            return new
    return None


def another_word(text: str, random: Random) -> str | None:
    """Change one letter of a word."""
    words = list(WORD.finditer(_visible(text)))
    if not words:
        return None
    word = random.choice(words)
    place = random.randrange(word.start(), word.end())
    letter = random.choice([c for c in string.ascii_lowercase if c != text[place].lower()])
    return text[:place] + letter + text[place + 1 :]


def line_less(text: str, random: Random) -> str | None:
    """Drop one line of several."""
    lines = text.splitlines(keepends=True)
    full = [number for number, line in enumerate(lines) if line.strip()]
    if len(full) < 2:
        return None
    del lines[random.choice(full)]
    return "".join(lines)


def table_cell(text: str, random: Random) -> str | None:
    """Change a digit, or else a letter, in one cell of an HTML table."""
    cells = list(TABLE_CELL.finditer(text))
    if not cells:
        return None
    cell = random.choice(cells)
    new = another_digit(cell[1], random) or another_word(cell[1], random)
    return None if new is None else text[: cell.start(1)] + new + text[cell.end(1) :]


def table_row(text: str, random: Random) -> str | None:
    """Drop one row of an HTML table."""
    rows = list(TABLE_ROW.finditer(text))
    if not rows:
        return None
    row = random.choice(rows)
    return text[: row.start()] + text[row.end() :]


def within_tolerance(text: str, random: Random) -> str | None:
    """Add a seventh digit to a decimal number: a change that the gate must let pass."""
    decimals = [one for one in NUMBER.finditer(_visible(text)) if _is_decimal(one.group())]
    if not decimals:
        return None
    number = random.choice(decimals)
    new = f"{float(number.group()) * (1 + 4e-7):.10g}"
    if new == number.group() or not _is_decimal(new):
        return None
    if number.group()[0] == "+":
        new = f"+{new}"
    return text[: number.start()] + new + text[number.end() :]


def _is_decimal(number: str) -> bool:
    return not number.lstrip("+-").isdigit() and float(number) != 0


def _visible(text: str) -> str:
    """Return the text with what HTML does not show blanked out, all else at its place."""
    return HIDDEN.sub(lambda tag: " " * len(tag.group()), text) if "</" in text else text


# --- figures -------------------------------------------------------------------------------------


def dot_moved(pixels: Pixels, random: Random) -> Pixels | None:
    """Put five by five pixels, the size of a small dot, some pixels beside their place."""
    dark = np.argwhere(_ink(pixels))
    height, width = pixels.shape[:2]
    if not len(dark):
        return None
    row, column = map(int, dark[random.randrange(len(dark))])
    row, column = min(max(row, 2), height - 3), min(max(column, 2), width - 3)
    patch = pixels[row - 2 : row + 3, column - 2 : column + 3].copy()
    changed = pixels.copy()
    changed[row - 2 : row + 3, column - 2 : column + 3] = _background(pixels)
    new_row = row + random.choice([-9, -6, 6, 9])
    new_row = min(max(new_row, 2), height - 3)
    changed[new_row - 2 : new_row + 3, column - 2 : column + 3] = patch
    return changed


def letter_changed(pixels: Pixels, random: Random) -> Pixels | None:
    """Put one sign of the lettering in another's place."""
    labels, _ = ndimage.label(pixels.max(axis=-1) < 140)
    signs = [
        box
        for box in ndimage.find_objects(labels)
        if all(8 <= side.stop - side.start <= 40 for side in box)
    ]
    if len(signs) < 2:
        return None
    old, new = random.sample(signs, 2)
    height, width = pixels.shape[:2]
    sign = pixels[new]
    top, left = old[0].start, old[1].start
    bottom, right = min(top + sign.shape[0], height), min(left + sign.shape[1], width)
    changed = pixels.copy()
    changed[old] = _background(pixels)
    changed[top:bottom, left:right] = sign[: bottom - top, : right - left]
    return changed


def line_shifted(pixels: Pixels, random: Random) -> Pixels | None:
    """Shift all that has one colour by two pixels upwards."""
    mask = _of_one_colour(pixels, random)
    if mask is None:
        return None
    changed = pixels.copy()
    changed[mask] = _background(pixels)
    rows, columns = np.nonzero(mask)
    inside = rows >= 2
    changed[rows[inside] - 2, columns[inside]] = pixels[rows[inside], columns[inside]]
    return changed


def colour_changed(pixels: Pixels, random: Random) -> Pixels | None:
    """Give all that has one colour another one."""
    mask = _of_one_colour(pixels, random)
    if mask is None:
        return None
    changed = pixels.copy()
    changed[mask] = pixels[mask][:, [1, 2, 0]]
    return changed


def cropped(pixels: Pixels, random: Random) -> Pixels | None:
    """Cut one row or column of pixels off an edge."""
    return random.choice([pixels[1:], pixels[:-1], pixels[:, 1:], pixels[:, :-1]])


def smoothed_otherwise(pixels: Pixels, random: Random) -> Pixels | None:
    """Change one pixel in two hundred by the least there is: the gate must let it pass."""
    generator = np.random.default_rng(random.randrange(2**32))
    chosen = generator.random(pixels.shape[:2]) < 0.005
    changed = pixels.copy()
    changed[chosen] ^= 1  # the last bit of each channel
    return changed


def _background(pixels: Pixels) -> Pixels:
    background: Pixels = _colours(pixels)[0]
    return background


def _colours(pixels: Pixels) -> Pixels:
    """Return the colours of a picture, the most frequent first."""
    packed = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)
    found, counts = np.unique(packed, return_counts=True)
    ordered = found[np.argsort(-counts, kind="stable")]
    return np.stack([ordered >> 16, ordered >> 8 & 255, ordered & 255], axis=-1).astype(np.uint8)


def _distance(pixels: Pixels, colour: Pixels) -> NDArray[np.int_]:
    return np.asarray(np.abs(pixels.astype(int) - colour.astype(int)).max(axis=-1))


def _ink(pixels: Pixels) -> Mask:
    return np.asarray(_distance(pixels, _background(pixels)) > 100)


def _of_one_colour(pixels: Pixels, random: Random) -> Mask | None:
    """Choose one of the five most frequent bright colours; return where it is."""
    colours = _colours(pixels)[:200]
    bright = [one for one in colours if int(one.max()) - int(one.min()) > 60][:5]
    if not bright:
        return None
    return np.asarray(_distance(pixels, random.choice(bright)) < 40)


# --- outputs of a cell ---------------------------------------------------------------------------

TEXTS: Mapping[str, Callable[[str, Random], str | None]] = {
    "digit": another_digit,
    "word": another_word,
    "line dropped": line_less,
    "cell of a table": table_cell,
    "row of a table": table_row,
}
FIGURES: Mapping[str, Callable[[Pixels, Random], Pixels | None]] = {
    "dot moved": dot_moved,
    "letter changed": letter_changed,
    "line shifted": line_shifted,
    "other colour": colour_changed,
    "cropped": cropped,
}
LISTS = ("output missing", "output twice", "outputs in another order", "figure missing")
CONTROLS = ("number within tolerance", "figure within tolerance")
OUTPUT_KINDS = (*TEXTS, *LISTS, *FIGURES)


def changed_outputs(outputs: Outputs, kind: str, random: Random) -> Outputs | None:
    """Return a cell's outputs with one change of the kind in them."""
    if kind in LISTS:
        new = _changed_list(outputs, kind, random)
    elif kind in FIGURES or kind == "figure within tolerance":
        new = _changed_figure(outputs, FIGURES.get(kind, smoothed_otherwise), random)
    else:
        new = _changed_text(outputs, TEXTS.get(kind, within_tolerance), random)
    return None if new == outputs else new


def _changed_list(outputs: Outputs, kind: str, random: Random) -> Outputs | None:
    new = copy.deepcopy(outputs)
    if kind == "outputs in another order":
        if len(new) < 2:
            return None
        first = random.randrange(len(new) - 1)
        new[first], new[first + 1] = new[first + 1], new[first]
        return new
    figure = kind == "figure missing"
    places = [n for n, one in enumerate(new) if (PNG in one.get("data", {})) == figure]
    if not places:
        return None
    place = random.choice(places)
    if kind == "output twice":
        new.insert(place, copy.deepcopy(new[place]))
    else:
        del new[place]
    return new


def _changed_figure(
    outputs: Outputs, mutate: Callable[[Pixels, Random], Pixels | None], random: Random
) -> Outputs | None:
    new = copy.deepcopy(outputs)
    figures = [one["data"] for one in new if PNG in one.get("data", {})]
    if not figures:
        return None
    data = random.choice(figures)
    with Image.open(BytesIO(base64.b64decode(data[PNG]))) as image:
        pixels = np.asarray(image.convert("RGB"))
    changed = mutate(pixels, random)
    if changed is None or np.array_equal(changed, pixels):
        return None
    packed = BytesIO()
    Image.fromarray(changed).save(packed, "PNG")
    data[PNG] = base64.b64encode(packed.getvalue()).decode()
    return new


def _changed_text(
    outputs: Outputs, mutate: Callable[[str, Random], str | None], random: Random
) -> Outputs | None:
    new = copy.deepcopy(outputs)
    texts: list[tuple[Any, str]] = [(one, "text") for one in new if "text" in one]
    for one in new:
        data = one.get("data", {})
        texts += [(data, mime) for mime in data if mime != PNG]
    random.shuffle(texts)
    for holder, key in texts:
        changed = mutate(holder[key], random)
        if changed is not None:
            holder[key] = changed
            return new
    return None


# --- code ----------------------------------------------------------------------------------------

OPERATORS: Mapping[type[ast.AST], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
    ast.And: ("and", "or"),
    ast.Or: ("or", "and"),
}
COMPARISONS: Mapping[type[ast.AST], tuple[str, str]] = {
    ast.Lt: ("<", ">="),
    ast.LtE: ("<=", ">"),
    ast.Gt: (">", "<="),
    ast.GtE: (">=", "<"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}
SYMMETRIC = {"allclose", "equal", "hypot", "isclose", "max", "maximum", "min", "minimum", "zip"}
ASSERTION = re.compile(r"[\w.]*\bassert_")
SHOWS = "plt.show()"  # as the last line of a cell: a notebook shows its figures without it, too
# Along an axis: there -1 is the last one, and of a matrix so it is without its sign.
ALONG_AN_AXIS = re.compile(
    "a(ll|ny|max|min)|arg(max|min|sort)|cumsum|diff|gather|(log_)?softmax|mean|median|min|movedim"
    "|norm|scatter_?|sort|split|(un)?squeeze|stack|std|sum|unbind"
)
CODE_KINDS = ("constant", "operator", "comparison", "sign", "swapped arguments", "line dropped")


@dataclass(frozen=True)
class Edit:
    """One change of a source: bytes ``start`` to ``end`` become ``new``."""

    kind: str
    start: int
    end: int
    new: str
    lines: tuple[int, int]  # first and last of the statement, or of its head, counted from 1
    function: tuple[int, int] | None  # first and last line of the function around it

    def apply(self, source: str) -> str:
        """Return the changed source."""
        raw = source.encode()
        return (raw[: self.start] + self.new.encode() + raw[self.end :]).decode()

    def line(self, source: str) -> int:
        """Return the number of the line where the change begins."""
        return source.encode()[: self.start].count(b"\n") + 1


def edits(source: str) -> list[Edit]:
    """Return every change of one token or line that can be made, in their order in the source.

    Nothing is changed in an assertion or a ``strict=`` (they are checks, not what is checked), a
    docstring, an annotation, an import, or a branch for type checkers. The last axis, -1, becomes
    another axis but does not lose its sign; ``plt.show()`` is not dropped.
    """
    reader = _Reader(source)
    reader.visit(ast.parse(source))
    return sorted(reader.found, key=lambda edit: (edit.start, edit.end, edit.kind))


class _Reader(ast.NodeVisitor):
    def __init__(self, source: str) -> None:
        self.source = source.encode()
        lengths = [len(line) for line in source.encode().split(b"\n")]
        self.line_starts = np.concatenate(([0], np.cumsum([n + 1 for n in lengths])))
        self.found: list[Edit] = []
        self.lines = (1, 1)
        self.function: tuple[int, int] | None = None
        self.axes: set[ast.AST] = set()

    def start(self, node: Any) -> int:
        return int(self.line_starts[node.lineno - 1]) + int(node.col_offset)

    def end(self, node: Any) -> int:
        return int(self.line_starts[node.end_lineno - 1]) + int(node.end_col_offset)

    def text(self, node: ast.AST) -> str:
        return self.source[self.start(node) : self.end(node)].decode()

    def asserts(self, node: ast.Expr) -> bool:
        """Tell whether it is a call of something like ``torch.testing.assert_close``."""
        return isinstance(node.value, ast.Call) and bool(ASSERTION.match(self.text(node.value)))

    def add(self, kind: str, start: int, end: int, new: str) -> None:
        self.found.append(Edit(kind, start, end, new, self.lines, self.function))

    def visit(self, node: ast.AST) -> None:
        """Note where a statement begins, and change it as a whole if it can be left out."""
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = body[0].lineno - 1 if body else node.end_lineno
            self.lines = (node.lineno, max(node.lineno, last or node.lineno))
            if isinstance(node, ast.Assign | ast.AugAssign) or (
                isinstance(node, ast.Expr)
                and isinstance(node.value, ast.Call)
                and not self.asserts(node)
                and self.text(node) != SHOWS
            ):
                self.add("line dropped", self.start(node), self.end(node), "pass")
        super().visit(node)

    def visit_Assert(self, node: ast.Assert) -> None:
        """Leave checks alone."""

    def visit_Import(self, node: ast.Import) -> None:
        """Leave imports alone."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Leave imports alone."""

    def visit_Expr(self, node: ast.Expr) -> None:
        """Leave docstrings and other assertions alone."""
        if not isinstance(node.value, ast.Constant) and not self.asserts(node):
            self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Leave the annotation alone."""
        if node.value:
            self.visit(node.value)

    def visit_arg(self, node: ast.arg) -> None:
        """Leave annotations alone."""

    def visit_keyword(self, node: ast.keyword) -> None:
        """Leave ``strict=`` alone: it asserts that lengths are equal."""
        if node.arg in ("axis", "dim"):
            self.axes.add(node.value)
        if node.arg != "strict":
            self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        """Leave what only a type checker reads alone."""
        if self.text(node.test) != "TYPE_CHECKING":
            self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Note the function's lines; leave what it returns by annotation alone."""
        outer, self.function = self.function, (node.body[0].lineno, node.end_lineno or node.lineno)
        for part in (*node.decorator_list, node.args, *node.body):
            self.visit(part)
        self.function = outer

    def visit_Constant(self, node: ast.Constant) -> None:
        """Change a number or a truth value."""
        value = node.value
        if isinstance(value, bool):
            self.add("constant", self.start(node), self.end(node), str(not value))
        elif isinstance(value, int):
            self.add("constant", self.start(node), self.end(node), str(value + 1))
        elif isinstance(value, float):
            new = repr(value * 1.5) if value else "1.0"
            self.add("constant", self.start(node), self.end(node), new)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Leave f-strings alone: before Python 3.12 their parts have no places of their own."""

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """Change the operator; turn the second factor of a product, unless it is 0."""
        self.operator(node.op, node.left, node.right)
        if isinstance(node.op, ast.Mult | ast.Div):
            place = self.start(node.right)
            nought = isinstance(node.right, ast.Constant) and not node.right.value
            if not isinstance(node.right, ast.BinOp) and not nought:
                self.add("sign", place, place, "-")
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """Change the first ``and`` or ``or``."""
        if len(node.values) == 2:
            self.operator(node.op, node.values[0], node.values[1])
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """Change the operator before the equals sign."""
        self.operator(node.op, node.target, node.value)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """Drop a minus or a ``not``."""
        if isinstance(node.op, ast.USub) and node not in self.axes:
            self.add("sign", self.start(node), self.start(node.operand), "")
        elif isinstance(node.op, ast.Not):
            self.add("comparison", self.start(node), self.start(node.operand), "")
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Turn each comparison round."""
        sides = [node.left, *node.comparators]
        for op, left, right in zip(node.ops, sides, sides[1:], strict=False):
            self.between(left, right, "comparison", *COMPARISONS[type(op)])
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """Swap the first two arguments."""
        name = self.text(node.func).split(".")[-1]
        if ALONG_AN_AXIS.fullmatch(name):
            self.axes.update(node.args)
        if len(node.args) >= 2 and name not in SYMMETRIC:
            first, second = node.args[:2]
            starred = any(isinstance(one, ast.Starred) for one in (first, second))
            if not starred and self.text(first) != self.text(second):
                between = self.source[self.end(first) : self.start(second)].decode()
                swapped = self.text(second) + between + self.text(first)
                self.add("swapped arguments", self.start(first), self.end(second), swapped)
        self.generic_visit(node)

    def operator(self, op: ast.AST, left: ast.AST, right: ast.AST) -> None:
        if type(op) in OPERATORS:
            self.between(left, right, "operator", *OPERATORS[type(op)])

    def between(self, left: ast.AST, right: ast.AST, kind: str, old: str, new: str) -> None:
        gap = self.source[self.end(left) : self.start(right)].decode()
        if gap.count(old) == 1:  # more than one where a comment stands between
            place = self.end(left) + len(gap[: gap.index(old)].encode())
            self.add(kind, place, place + len(old), new)


def is_change(source: str, edit: Edit) -> bool:
    """Tell whether the edit leaves valid code, and other code than it was."""
    try:
        changed = ast.parse(edit.apply(source))
    except SyntaxError:
        return False
    return ast.dump(changed) != ast.dump(ast.parse(source))


def shown(source: str, edit: Edit) -> tuple[str, str]:
    """Return the changed lines, before and after, each as one line."""
    raw = source.encode()
    first = raw.rfind(b"\n", 0, edit.start) + 1
    last = raw.find(b"\n", edit.end)
    last = len(raw) if last < 0 else last
    before = raw[first:last].decode()
    after = (raw[first : edit.start] + edit.new.encode() + raw[edit.end : last]).decode()
    return " ".join(before.split()), " ".join(after.split())


def in_turn(groups: Sequence[Sequence[Any]]) -> Iterator[Any]:
    """Yield the first of each group, then the second of each, and so on."""
    for round_number in range(max(map(len, groups), default=0)):
        for group in groups:
            if round_number < len(group):
                yield group[round_number]
