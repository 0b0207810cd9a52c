"""A chapter's set-up, in one call: style, sharp figures, the language of what coursekit says."""

from importlib.util import find_spec

from coursekit import _fonts, _require, check
from coursekit._language import LANGUAGES
from coursekit._shell import shell

__all__ = ["setup"]


def setup(language: str) -> None:
    """Set up a notebook as the course's chapters are: call it once, after the imports.

    Figures take the style ``coursekit.course``; they are stored at twice their size, so that they
    are sharp on every screen, and exactly as wide as the cell says. Labels may be Chinese in either
    language: a font comes with the package. Checkers, labs, and figures of :mod:`coursekit.plots`
    where they have words of their own, speak the language.
    Nothing is seeded, and the default dtype stays what it is. Outside of a notebook no figures are
    stored, and the rest is done all the same.

    Parameters
    ----------
    language
        ``"en"`` for English or ``"zh"`` for Chinese.

    Raises
    ------
    TypeError, ValueError
        If ``language`` is neither; nothing is changed then.

    Examples
    --------
    >>> from coursekit import notebook
    >>> notebook.setup("en")
    """
    check.language(_require.choice("language", language, LANGUAGES))
    import matplotlib.pyplot as plt

    plt.style.use("coursekit.course")
    _fonts.use()
    if (running := shell()) is not None and find_spec("matplotlib_inline") is not None:
        from matplotlib_inline.config import InlineBackend

        backend = InlineBackend.instance(parent=running)
        backend.figure_formats = {"retina"}
        backend.print_figure_kwargs = {"bbox_inches": None}  # type: ignore[dict-item]
