"""Bundle the labs and draw their still pictures: ``make labs``.

    python -m tools.labs            install esbuild as locked, once; bundle; draw
    python -m tools.labs --stills   draw only, from the bundles that are there: needs no Node.js

What it makes lies in ``coursekit/labs/built`` and is committed, so that readers and builders of the
book need neither Node.js nor npm. ``labs.js`` is the engine, ``lab-<name>.js`` one lab,
``<name>.<language>.html`` how it first stands, drawn by itself in V8; ``labs.json`` is what
``coursekit.labs`` knows of each lab, ``labs.css`` how they look.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from py_mini_racer import MiniRacer

from coursekit.plots import PALETTE
from tools.npm import installed

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from course.outputs import LUMINANCE, PAPER, dark_twin, linear  # noqa: E402

SOURCES = ROOT / "book" / "labs"
BUILT = ROOT / "coursekit" / "labs" / "built"
WORK = ROOT / "_build" / "labs"
LANGUAGES = ("en", "zh")
WHITE = np.ones(3)
SELECTORS = {
    "light": ":is(.lab, .chapters)",
    "dark": ':is(html[data-theme="dark"], [data-jp-theme-light="false"], .vscode-dark) '
    ":is(.lab, .chapters)",
}
OPTIONS = ("--bundle", "--minify", "--charset=utf8", "--target=es2022", "--format=iife")


def main() -> int:
    """Make all that ``coursekit/labs/built`` holds; return the exit status."""
    parser = argparse.ArgumentParser(description="Bundle the labs and draw their stills.")
    parser.add_argument(
        "--stills", action="store_true", help="only draw, from the bundles as built"
    )
    only_draw = parser.parse_args().stills
    if not only_draw:
        esbuild = install()
        for old in BUILT.glob("*"):
            old.unlink()
        bundle(esbuild, BUILT)
    draw(BUILT)
    total = sum(path.stat().st_size for path in BUILT.iterdir())
    print(f"{len(names())} labs in {BUILT.relative_to(ROOT)}, {total:,} bytes")
    return 0


def names() -> list[str]:
    """Return the names of the labs, by their sources."""
    return sorted(path.stem for path in (SOURCES / "src" / "labs").glob("*.js"))


def install() -> Path:
    """Install esbuild as locked, once; return its command."""
    return installed("esbuild", SOURCES, WORK, "labs")


def bundle(esbuild: Path, into: Path) -> None:
    """Bundle the engine and each lab into a folder: classic scripts, which files may load too."""
    into.mkdir(parents=True, exist_ok=True)
    source = SOURCES / "src"
    colours = source / "palette.js"
    # Left alone where it is right: the built site counts as old once a source is written.
    if not colours.exists() or colours.read_text(encoding="utf-8") != palette():
        colours.write_text(palette(), encoding="utf-8")
    jobs: list[tuple[Path, Path, list[str]]] = [(source / "engine.js", into / "labs.js", [])]
    jobs += [
        (
            source / "labs" / f"{name}.js",
            into / f"lab-{name}.js",
            ["--global-name=courseLab", "--alias:engine=./src/global.js"],
        )
        for name in names()
    ]
    for entry, out, more in jobs:
        command = [str(esbuild), str(entry), *OPTIONS, *more]
        command += [f"--outfile={out}", "--log-level=warning"]
        subprocess.run(command, cwd=SOURCES, check=True)


def palette() -> str:
    """Return the characters' looks as a module of JavaScript, from coursekit's."""
    entries = {
        name: {
            "look": f"var(--look-{name},{look.color})",
            "say": f"var(--say-{name},{look.color})",
            "dash": dash(look.linestyle),
            "marker": look.marker,
        }
        for name, look in PALETTE.items()
    }
    lines = [f"  {json.dumps(name)}: {json.dumps(entry)}," for name, entry in entries.items()]
    head = "// Written by tools/labs.py from coursekit.plots.PALETTE: change that one.\n"
    return "\n".join([f"{head}export const looks = {{", *lines, "};", ""])


def dash(linestyle: Any) -> str:
    """Return a line style of matplotlib's as SVG says it, for a line two pixels wide."""
    if linestyle == "-":
        return ""
    return " ".join(f"{2 * part:g}" for part in linestyle[1])


def looks() -> str:
    """Return the characters' colours as custom properties, in the light and in the dark.

    ``--look-adam`` is for lines and points. In the dark it is what the book's figures show there,
    or lighter until it is seen. ``--say-adam`` is for words, which ask for more contrast.
    """
    rules = []
    for mode, ground, towards in (("light", WHITE, 0.0), ("dark", PAPER, 1.0)):
        parts = []
        for name, look in PALETTE.items():
            pixel = Image.new("RGB", (1, 1), look.color)
            shown = np.asarray(pixel if mode == "light" else dark_twin(pixel))[0, 0] / 255
            for use, least in (("look", 3.0), ("say", 4.5)):
                parts.append(f"--{use}-{name}: {_hex(_apart(shown, ground, towards, least))};")
        rules.append(f"{SELECTORS[mode]} {{ {' '.join(parts)} }}")
    return "\n" + "\n".join(rules) + "\n"


def _apart(colour: Any, ground: Any, towards: float, least: float) -> Any:
    """Return a colour, moved towards black or white until its contrast to the ground is enough."""
    for step in range(101):
        moved = colour + (towards - colour) * step / 100
        one, other = sorted((_luminance(moved), _luminance(ground)))
        if (other + 0.05) / (one + 0.05) >= least:
            return moved
    raise ValueError(f"no contrast of {least} to {ground}")


def _luminance(colour: Any) -> float:
    return float(linear(colour) @ LUMINANCE)


def _hex(colour: Any) -> str:
    return "#" + "".join(f"{round(float(channel) * 255):02X}" for channel in colour)


def engine(built: Path = BUILT) -> MiniRacer:
    """Return V8 with the engine and all labs loaded, as bundled; the caller closes it."""
    v8 = MiniRacer()
    for path in [built / "labs.js", *sorted(built.glob("lab-*.js"))]:
        v8.eval(path.read_text(encoding="utf-8"))
    return v8


def asked(v8: MiniRacer, code: str) -> Any:
    """Return what an expression gives, by way of JSON."""
    return json.loads(str(v8.eval(f"JSON.stringify({code})")))


def stills(v8: MiniRacer) -> dict[str, str]:
    """Return the files that the labs draw or say themselves, and how they look, by name."""
    found = {}
    known = asked(v8, "Object.keys(courseLabs.labs)")
    for name in known:
        for language in LANGUAGES:
            html = v8.eval(f"courseLabs.still(courseLabs.labs[{name!r}], {{}}, {language!r})")
            found[f"{name}.{language}.html"] = str(html) + "\n"
    source = (SOURCES / "src" / "labs.css").read_text(encoding="utf-8")
    found["labs.css"] = source + looks() + rooms(v8)
    settings = {name: asked(v8, f"courseLabs.labs[{name!r}].state") for name in known}
    found["labs.json"] = json.dumps(settings, indent=1) + "\n"
    return found


def rooms(v8: MiniRacer) -> str:
    """Return for how many lines of its sentence each lab keeps room, so that nothing moves."""
    found = []
    for name in asked(v8, "Object.keys(courseLabs.labs)"):
        for language in LANGUAGES:
            wide, narrow = asked(v8, f"courseLabs.lines(courseLabs.labs[{name!r}], {language!r})")
            one = f'.lab[data-lab="{name}"][lang="{language}"]'
            found.append(f"{one} {{ --lines: {wide}; --narrow: {narrow}; }}")
    return "\n".join([*found, ""])


def draw(built: Path) -> None:
    """Draw the stills of the bundles in a folder, into it."""
    with engine(built) as v8:
        for name, text in stills(v8).items():
            (built / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
