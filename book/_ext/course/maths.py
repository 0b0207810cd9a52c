"""Formulas rendered by KaTeX while the book is built: pages carry no maths script.

KaTeX runs in an embedded V8. A formula that it refuses becomes a warning that names the page.
"""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

if TYPE_CHECKING:
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

KATEX = Path(__file__).resolve().parents[2] / "_static" / "vendor" / "katex"

# What may not start a line. A browser breaks between a formula and anything, so what follows one is
# tied to it, unless the formula itself is so long that it must be free to break.
CLOSING = re.compile(r"[，。、；：？！）》”’,.;:?!)\]]+")
SHORT = 24  # signs
SIGN = re.compile(r"\\(?:[A-Za-z]+|.)|[^\s{}^_]")

# Where a formula of several parts begins a new line on a narrow page: after a wide space. KaTeX is
# told that it may break there, and the place is marked for the style sheet.
GAP, GAP_THAT_BREAKS = r"\qquad", r"\qquad\allowbreak"
BREAK = re.compile(
    r'<span class="mspace" (style="margin-right:2em;"></span>)<span class="mspace allowbreak">'
    r'</span>(?:<span class="mspace" style="[^"]*"></span>)?</span>'
)
MARKED = r'<span class="mspace gap" \1</span><span class="new-row"></span>'

# KaTeX numbers these by itself; the numbers here are Sphinx's, so that {eq} can refer to them.
NUMBERED = re.compile(r"\\(begin|end)\{(equation|align|alignat|gather|multline)\}")


@cache
def _katex() -> MiniRacer:
    engine = MiniRacer()
    engine.eval((KATEX / "katex.min.js").read_text(encoding="utf-8"))
    return engine


@cache
def render(tex: str, display: bool = False) -> str:
    r"""Return the HTML and MathML of a formula; raise ``ValueError`` if KaTeX refuses it.

    Examples
    --------
    >>> [render(r"a, \qquad b", display).count("new-row") for display in (True, False)]
    [1, 0]
    >>> r"a, \qquad b</annotation>" in render(r"a, \qquad b", display=True)
    True
    """
    options = {
        "displayMode": display,
        "output": "htmlAndMathml",
        "throwOnError": True,
        "strict": "error",
    }
    given = tex
    if display and "\\begin" not in tex:
        given = re.sub(r"\\qquad(?![A-Za-z])", lambda _gap: GAP_THAT_BREAKS, tex)
    try:
        return _broken(str(_katex().call("katex.renderToString", given, options)))
    except JSEvalException as refusal:
        reason = re.search(r"KaTeX parse error: .*|LaTeX-incompatible .*", str(refusal))
        raise ValueError(reason[0] if reason else str(refusal)) from None


def _broken(html: str) -> str:
    """Mark where a formula breaks; what is read and copied says nothing of it."""
    return BREAK.sub(MARKED, html).replace(GAP_THAT_BREAKS, GAP).replace("<mspace></mspace>", "")


def display_source(tex: str, whole: bool) -> str:
    r"""Return what KaTeX is given for a display formula.

    ``whole`` means that the formula brings its own environment, such as ``align``. Otherwise blank
    lines part equations, and one with a ``\\`` becomes an aligned block, as in Sphinx.

    Examples
    --------
    >>> print(display_source(r"a &= b \\ c &= d", whole=False))
    \begin{split}a &= b \\ c &= d\end{split}
    >>> print(display_source(r"\begin{align}a\end{align}", whole=True))
    \begin{align*}a\end{align*}
    """
    if whole:
        return NUMBERED.sub(r"\\\1{\2*}", tex)
    parts = [part.strip() for part in tex.split("\n\n") if part.strip()]
    rows = [rf"\begin{{split}}{part}\end{{split}}" if r"\\" in part else part for part in parts]
    if len(rows) == 1:
        return rows[0]
    return r"\begin{aligned}" + r" \\ ".join(rows) + r"\end{aligned}"


class TieMarks(SphinxPostTransform):
    """Keep a short formula and the marks behind it on one line."""

    default_priority = 900
    formats = ("html",)

    def run(self, **_options: object) -> None:
        """Wrap each such pair in a span of class ``tied``."""
        for formula in list(self.document.findall(nodes.math)):
            after = formula.next_node(descend=False, siblings=True, ascend=False)
            marks = CLOSING.match(after.astext()) if isinstance(after, nodes.Text) else None
            if marks and len(SIGN.findall(formula.astext())) <= SHORT:
                after.parent.replace(after, nodes.Text(after.astext()[marks.end() :]))
                tied = nodes.inline(classes=["tied"])
                formula.replace_self(tied)
                tied += [formula, nodes.Text(marks[0])]


def _rendered(self: "HTML5Translator", node: nodes.Element, tex: str, display: bool) -> str:
    try:
        return render(tex, display)
    except ValueError as refusal:
        logger.warning("%s", refusal, location=node, type="course", subtype="maths")
        return f'<code class="katex-error">{self.encode(tex)}</code>'


def visit_math(self: "HTML5Translator", node: nodes.math) -> None:
    """Write an inline formula."""
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(_rendered(self, node, node.astext(), display=False) + "</span>")
    raise nodes.SkipNode


def visit_math_block(self: "HTML5Translator", node: nodes.math_block) -> None:
    """Write a display formula in a box of its own that scrolls, and its number beside the box."""
    tex = display_source(node.astext(), whole=bool(node.get("nowrap")))
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    self.body.append('<div class="scrolls">')
    self.body.append(_rendered(self, node, tex, display=True) + "</div>")
    if node.get("number"):
        number = get_node_equation_number(self, node)
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Offer the renderer; ``html_math_renderer: katex`` chooses it."""
    app.add_html_math_renderer("katex", (visit_math, None), (visit_math_block, None))
    app.add_post_transform(TieMarks)
    app.add_css_file("vendor/katex/katex.min.css", priority=400)
