"""Make coursekit's Chinese font: ``python -m tools.font NotoSansCJK-Regular.ttc``.

It is Noto Sans CJK SC (Debian's package ``fonts-noto-cjk``; SIL Open Font License 1.1) with the
3,755 usual characters (GB 2312, level 1), full-width punctuation, and every other Chinese character
that the book or coursekit uses. It has a name of its own, so that no font of the system takes its
place and changes a figure, and no hints, which matplotlib does without. A test says when a
character is missing.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

from coursekit._fonts import CHINESE, FONT
from tools.outputs import ROOT

FAMILY_OF = "Noto Sans CJK SC"
PUNCTUATION = "".join(map(chr, [*range(0x3000, 0x3020), *range(0xFF01, 0xFF5F)]))
TABLES = ["BASE", "DSIG", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx"]


def usual() -> str:
    """Return the characters of level 1 of GB 2312, in its order, which is pinyin's."""
    codes = (bytes([row, cell]) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return "".join(code.decode("gb2312", errors="ignore") for code in codes)


def used() -> set[str]:
    """Return the Chinese characters, full-width ones included, that book and coursekit use."""
    return {sign for text in _texts() for sign in text if "\u2e80" <= sign <= "\uffef"}


def _texts() -> Iterator[str]:
    for folder in ("book/zh", "coursekit"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".ipynb", ".md", ".py", ".toml"):
                yield path.read_text(encoding="utf-8")


def subset(collection: Path) -> TTFont:
    """Return the font that coursekit ships, made from a collection that holds its source."""
    found = {font["name"].getDebugName(1): font for font in TTCollection(collection).fonts}
    font = found[FAMILY_OF]
    options = Options()
    options.hinting = False
    options.layout_features = []
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 4, 6, 13, 14]
    options.drop_tables += TABLES
    subsetter = Subsetter(options)
    subsetter.populate(text=usual() + PUNCTUATION + "".join(sorted(used())))
    subsetter.subset(font)
    plain = CHINESE.replace(" ", "")
    for number, name in ((1, CHINESE), (2, "Regular"), (4, CHINESE), (6, f"{plain}-Regular")):
        font["name"].removeNames(nameID=number)
        font["name"].setName(name, number, 3, 1, 0x409)
    top = font["CFF "].cff
    top.fontNames = [f"{plain}-Regular"]
    top[0].FamilyName, top[0].FullName = CHINESE, CHINESE
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    return font


def main() -> int:
    """Make the font from the collection that the command line names."""
    parser = argparse.ArgumentParser(description="Make coursekit's Chinese font.")
    parser.add_argument("collection", type=Path, help="NotoSansCJK-Regular.ttc")
    made = subset(parser.parse_args().collection)
    made.save(FONT)
    size = FONT.stat().st_size // 1000
    print(f"{FONT.relative_to(ROOT)}  {len(made.getBestCmap())} characters  {size} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
