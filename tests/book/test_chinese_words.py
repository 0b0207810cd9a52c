"""Figures, tables and printed lines of the Chinese edition are in Chinese."""

import re
from collections.abc import Collection, Iterator
from html import unescape

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from tests.book.parity import VERDICT
from tools import figures
from tools.chapters import called, chapter, names
from tools.outputs import texts

# Names and code that stand as they are in a Chinese sentence. What has an underscore, a digit, a
# dot, a bracket behind it or a capital inside is code or an abbreviation anyway.
NAMES = re.compile(
    r"(?i:sgd|adam(?:ax|w)?|adagrad|amsgrad|rmsprop|nesterov|muon|lion|shampoo)|coursekit|torch|pandas"
    r"|age|sex|bmi|bp|tch?|ldl|hdl|ltg|glu|progression"  # the patients' columns
    r"|Ada(delta|factor|grad|m|max)|Beale|Clopper|Dropout|Gauss|He|Himmelblau|Huber|Lion|Muon"
    r"|Momentum|Nesterov|Newton|Pearson|Polyak|Rastrigin|Rprop|Rosenbrock|Shampoo|Taylor|Wilson|Xavier"
    r"|True|False|None|nan|inf|lr|grad|ln|eps|alpha|beta|rho|lambda"
    r"|sqrt|exp|log|sin|cos|max|min|tanh|sigmoid|softmax|relu|logits?"
)
WORD = re.compile(r"(?<![\w.\\])[A-Za-z]{2,}(?![\w(=]|\.\w|-\d)", re.ASCII)
REFUSAL = re.compile(r"\bmust\b|Error: ")
DEFINED = re.compile(r"^(?:def|class) (\w+)", re.MULTILINE)
FORMULA = re.compile(r"\$[^$]*\$|scikit-learn|schedule-free")  # and names in two parts
TAG = re.compile(r"<style.*?</style>|<[^>]*>", re.DOTALL)


def english(text: str, defined: Collection[str] = ()) -> list[str]:
    """Return the words of a text that are neither names nor code."""
    words = WORD.findall(FORMULA.sub("", text))
    known = (bool(NAMES.fullmatch(word)) or word in defined for word in words)
    plain = (not re.search(r"[A-Z]", word[1:]) for word in words)
    return [word for word, name, low in zip(words, known, plain, strict=True) if low and not name]


def shown(cell: NotebookNode) -> Iterator[str]:
    """Yield the texts that a cell shows: printed, in tables, in figures."""
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        html = data.get("text/html", "")
        if any(mime.startswith("image/") for mime in data):
            yield from output.metadata.get(figures.KEY, {}).get("texts", [])
        elif html and not VERDICT.match(html):
            yield unescape(TAG.sub(" ", html))
        elif not html and "text/markdown" not in data:
            yield from texts(output)


def faults(cell: NotebookNode, where: str, defined: Collection[str] = ()) -> Iterator[str]:
    """Yield the English that a cell shows.

    A cell that prints a function's ``__name__`` may show those that the notebook has ``defined``.
    """
    for output in cell.get("outputs", []):
        if "image/png" in output.get("data", {}) and figures.KEY not in output.metadata:
            yield f"what the figure says is not known; `make outputs` keeps it: {where}"
    named = defined if "__name__" in cell.source else ()
    for text in shown(cell):
        for line in text.splitlines():
            if "except " in cell.source and REFUSAL.search(line):
                continue  # an error's message is shown as it is raised
            found = english(line, named)
            if found:
                yield f"{' '.join(dict.fromkeys(found))}: in {line.strip()!r}: {where}"


@pytest.mark.parametrize("name", names())
def test_no_english_word_is_left_in_figures_and_outputs(name: str) -> None:
    cells = chapter(name, "zh").cells
    defined = set(DEFINED.findall("\n".join(cell.source for cell in cells)))
    found = [
        fault for n, cell in enumerate(cells, 1) for fault in faults(cell, called(cell, n), defined)
    ]
    if found:
        pytest.fail("\n".join([*found, f"in zh/{name}.ipynb"]), pytrace=False)


# What follows shows that the test above can fail.


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("step 3", ["step"]),
        ("训练 loss", ["loss"]),
        ("SGD lr=0.1 与 AdamW、Adam、RMSprop 的 beta_1", []),
        (r"学习率 $\eta$, $\mathrm{max}$", []),
        ("torch.optim 与 my_adam(x)、x1", []),
        ("betas=(0.9, 0.999)、adam 与 torch", []),
        ("第 3 步\nworst so far", ["worst", "so", "far"]),
    ],
)
def test_english_words_are_told_from_names_and_code(text: str, words: list[str]) -> None:
    assert english(text) == words


def test_english_is_found_in_streams_tables_and_figures() -> None:
    table = {"text/plain": "loss\n1", "text/html": "<style>a</style><table><th>loss</th></table>"}
    drawn = new_output(
        "display_data", {"image/png": "", "text/plain": "<Figure size 1x1>"},
        metadata={figures.KEY: {"texts": ["步数", "first step"]}},
    )  # fmt: skip
    for output, said in (
        (new_output("stream", text="步\nstep 1\n"), ["step: in 'step 1': here"]),
        (new_output("display_data", table), ["loss: in 'loss': here"]),
        (drawn, ["first step: in 'first step': here"]),
    ):
        assert list(faults(new_code_cell("", outputs=[output]), "here")) == said
    del drawn.metadata[figures.KEY]
    (unknown,) = faults(new_code_cell("", outputs=[drawn]), "here")
    assert unknown.startswith("what the figure says is not known")
