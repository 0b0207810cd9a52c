"""A Chinese font for figures, which stands in for the characters that DejaVu Sans has not.

matplotlib ships no font with Chinese characters, and what a system has differs from machine to
machine. ``python -m tools.font`` makes the one that lies here.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

CHINESE = "Coursekit Sans SC"
FONT = Path(__file__).parent / "fonts" / "CoursekitSansSC-Regular.otf"


def use() -> None:
    """Let matplotlib take from the Chinese font what its first font has not.

    Whatever is written without Chinese characters looks as it did before, to the pixel.
    """
    import matplotlib as mpl
    from matplotlib.font_manager import fontManager

    if CHINESE not in fontManager.get_font_names():
        fontManager.addfont(FONT)
        (entry,) = (one for one in fontManager.ttflist if one.name == CHINESE)
        fontManager.ttflist.append(replace(entry, weight=700))  # or bold text would warn
    mpl.rcParams["font.family"] = ["sans-serif", CHINESE]
    _teach_mathtext()


@cache
def _teach_mathtext() -> None:
    """Let a text that holds a formula be Chinese too.

    matplotlib sets such a text with its machinery for formulas, which knows of no second font and
    offers no setting for one.
    """
    from matplotlib import _mathtext
    from matplotlib.font_manager import get_font
    from matplotlib.mathtext import MathTextParser

    class WithChinese(_mathtext.DejaVuSansFonts):
        def _get_glyph(self, fontname: str, font_class: str, sym: str) -> tuple[Any, Any, bool]:
            if len(sym) == 1 and ord(sym) >= 0x2E80:  # where Chinese begins, punctuation included
                font = get_font(FONT)
                if font.get_char_index(ord(sym)):
                    return font, ord(sym), False
            return super()._get_glyph(fontname, font_class, sym)

    fonts: dict[str, Any] = MathTextParser._font_type_mapping  # type: ignore[attr-defined]
    fonts["dejavusans"] = WithChinese
