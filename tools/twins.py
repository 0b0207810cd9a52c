"""What the two editions' code may differ in: comments, docstrings, and the words in strings.

A string may differ only where the Chinese one has a Chinese character and the English one has none:
``"mean"`` is no word that a reader sees, and must be ``"mean"`` in both. In an f-string what stands
in braces is code, and comes in the same order, so that the numbers printed do too. The width to
which a value is padded is free, and so are spaces and line breaks: Chinese words are shorter, and
wider.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from difflib import unified_diff

HAN = re.compile(r"[\u3400-\u9fff\uff00-\uff5e]")
LANGUAGE = re.compile(r"""(?<=notebook\.setup\()(["'])\w+\1""")
WIDTH = re.compile(r"^(.?[<>^])?\d*")
MAGIC = re.compile(r"^[%!].*", re.MULTILINE)


def code_disagrees(en: str, zh: str) -> Iterator[str]:
    """Yield in what the code of two cells differs, beyond what may."""
    try:
        plain = [_parsed(source) for source in (en, zh)]
    except SyntaxError as error:
        if en != zh:
            yield f"code differs, and is no Python: {error}"
        return
    (here, words), (there, own) = plain
    if here != there:
        lines = list(unified_diff(here.splitlines(), there.splitlines(), "en", "zh", n=0))[2:]
        changed = "\n    ".join(line for line in lines if not line.startswith("@@"))
        yield f"code differ (- only in en, + only in zh):\n    {changed}"
        return
    for one, other in zip(words, own, strict=True):
        same = "".join(one.split()) == "".join(other.split())  # spaces line things up
        if not same and (HAN.search(one) or not HAN.search(other)):
            yield f"a string differs, and is not Chinese: {one!r} in en, {other!r} in zh"
    if [MAGIC.findall(en)] != [MAGIC.findall(zh)]:
        yield "magics differ"


def _parsed(source: str) -> tuple[str, list[str]]:
    """Return the code without words, and its strings in their order."""
    tree = ast.parse(MAGIC.sub("", LANGUAGE.sub('"*"', source)))
    emptied = _Emptied()
    return ast.unparse(emptied.visit(tree)), emptied.words


class _Emptied(ast.NodeTransformer):
    """Takes docstrings out, and the words out of strings; keeps the latter."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return ast.Pass()
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            self.words.append(node.value)
            return ast.Constant("")
        return node

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        parts = node.format_spec.values if isinstance(node.format_spec, ast.JoinedStr) else []
        if parts and isinstance(parts[0], ast.Constant):
            parts[0].value = WIDTH.sub("", str(parts[0].value))
            if not parts[0].value and len(parts) == 1:
                node.format_spec = None
        node.value = self.visit(node.value)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        texts, values = [], []
        for part in node.values:
            if isinstance(part, ast.Constant):
                texts.append(str(part.value))
            else:
                texts.append("{}")
                values.append(self.visit(part))
        self.words.append("".join(texts))
        return ast.JoinedStr(values)


def comments(source: str) -> list[str]:
    """Return the comments of some code."""
    read = io.StringIO(source).readline
    return [one.string for one in tokenize.generate_tokens(read) if one.type == tokenize.COMMENT]


def same_but_for_breaks(one: str, other: str) -> bool:
    """Tell whether two pieces of code differ in their line breaks and brackets at most."""
    try:
        return (
            _parsed(one) == _parsed(other)
            and comments(one) == comments(other)
            and LANGUAGE.findall(one) == LANGUAGE.findall(other)
        )
    except (SyntaxError, tokenize.TokenError):
        return one == other
