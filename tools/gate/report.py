"""The page that a failing gate writes: stored, new and difference side by side."""

import re
import shutil
from collections.abc import Sequence
from difflib import HtmlDiff
from html import escape
from pathlib import Path

from tools.gate.comparison import Difference

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem; }
h2 { border-top: 1px solid #999; padding-top: 1rem; }
figure { display: inline-block; margin: 0 1rem 1rem 0; max-width: 31%; vertical-align: top; }
img { max-width: 100%; border: 1px solid #ccc; }
pre { background: #f5f5f5; padding: .5rem; overflow-x: auto; }
table.diff { border-collapse: collapse; font: 14px/1.4 monospace; margin-bottom: 1rem; }
table.diff td { padding: 0 .4rem; } .diff_next { display: none; }
.diff_add { background: #cfc; } .diff_chg { background: #ffb; } .diff_sub { background: #fcc; }
"""


def folder(root: Path) -> Path:
    """Return where the report of the repository at ``root`` lies."""
    return root / "_build" / "gate-report"


def clear(root: Path) -> None:
    """Take away the report of an earlier run."""
    shutil.rmtree(folder(root), ignore_errors=True)


def write_cell(root: Path, title: str, source: str, found: Sequence[Difference]) -> Path:
    """Write the images and the part of the page that belong to one cell; return their folder."""
    here = folder(root) / re.sub(r"[^\w.-]+", "-", title).strip("-")
    here.mkdir(parents=True, exist_ok=True)
    parts = [f"<h2>{escape(title)}</h2><pre>{escape(source)}</pre>"]
    for number, difference in enumerate(found, 1):
        parts.append(f"<h3>{escape(difference.where)}</h3><pre>{escape(difference.message)}</pre>")
        if difference.stored or difference.now:
            table = HtmlDiff(wrapcolumn=70).make_table(
                difference.stored.splitlines(), difference.now.splitlines(), "stored", "now"
            )
            parts.append(table)
        for name, image in difference.images.items():
            file = here / f"{number}-{name}.png"
            image.save(file)
            link = f"{here.name}/{file.name}"
            parts.append(
                f'<figure><a href="{link}"><img src="{link}" alt="{name}"></a>'
                f"<figcaption>{name}</figcaption></figure>"
            )
    (here / "part.html").write_text("\n".join(parts), encoding="utf-8")
    return here


def write_index(root: Path) -> Path | None:
    """Join the cells' parts into one page; return it, or None where nothing differed."""
    parts = sorted(folder(root).glob("*/part.html"))
    if not parts:
        return None
    body = "\n".join(part.read_text(encoding="utf-8") for part in parts)
    index = folder(root) / "index.html"
    index.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Gate report</title>'
        f"<style>{STYLE}</style><h1>What differs from the stored outputs</h1>{body}</html>",
        encoding="utf-8",
    )
    return index
