"""How a stored output is compared with the one that the same cell gives now.

Text must be equal to the last character, except that decimal numbers in otherwise equal text are
compared as numbers. Figures must have the same size, and their pixels may differ by little.
"""

import base64
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import unified_diff
from io import BytesIO
from itertools import zip_longest
from typing import Any

import numpy as np
from PIL import Image

from tools import figures

FIGURES = ("image/png", "image/jpeg")
NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
MOST_LINES = 30

Output = Mapping[str, Any]


@dataclass(frozen=True)
class Tolerance:
    """What may differ: numbers by ``atol + rtol * |stored|``, pixels (0 to 255) by ``rms``.

    ``rms`` is the root of the mean squared difference over all pixels and channels of a figure.
    One dark point of nine pixels that moved in a figure of 1280 x 960 gives about 1.
    """

    rtol: float = 1e-6
    atol: float = 0.0
    rms: float = 0.1

    def admits(self, stored: float, now: float) -> bool:
        """Tell whether two numbers are equal for the gate."""
        return math.isclose(stored, now, rel_tol=0, abs_tol=self.atol + self.rtol * abs(stored))


@dataclass(frozen=True)
class Difference:
    """One output that changed: which, how, and what to show of it."""

    where: str
    message: str
    stored: str = ""
    now: str = ""
    images: Mapping[str, Image.Image] = field(default_factory=dict)


def differences(
    stored: Sequence[Output], now: Sequence[Output], tolerance: Tolerance
) -> list[Difference]:
    """Return how the outputs of a cell differ from the stored ones, in order."""
    found: list[Difference] = []
    figure = 0
    for number, (old, new) in enumerate(zip_longest(stored, now), 1):
        is_figure = any(mime in _data(output) for mime in FIGURES for output in (old, new))
        figure += is_figure
        where = f"output {number}" + (f", figure {figure}" if is_figure else "")
        found.extend(_output_differences(where, old, new, tolerance))
    return found


def _data(output: Output | None) -> Mapping[str, Any]:
    data: Mapping[str, Any] = (output or {}).get("data", {})
    return data


def _kind(output: Output | None) -> str:
    if output is None:
        return "nothing"
    mimes = ", ".join(sorted(_data(output)))
    name = output.get("name", "")
    return f"{output['output_type']} {mimes or name}".strip()


def _output_differences(
    where: str, old: Output | None, new: Output | None, tolerance: Tolerance
) -> Iterator[Difference]:
    if old is None or new is None or _kind(old) != _kind(new):
        message = f"stored is {_kind(old)}, now there is {_kind(new)}"
        images = {
            name: _on_white(_decoded(_data(output)[mime]))
            for name, output in (("expected", old), ("actual", new))
            for mime in FIGURES
            if mime in _data(output)
        }
        yield Difference(where, message, _all_text(old), _all_text(new), images)
        return
    old_parts, new_parts = _parts(old), _parts(new)
    for part, content in old_parts.items():
        if part == "metadata" and _data(old).keys() & set(FIGURES) and math.isinf(tolerance.rms):
            continue  # how large a figure is shown goes with its pixels
        if part in FIGURES:
            difference = compare_figures(where, content, new_parts[part], tolerance)
        else:
            difference = compare_text(f"{where}, {part}", content, new_parts[part], tolerance)
        if difference:
            yield difference


def _parts(output: Output) -> dict[str, str]:
    """Return all of an output that is compared, by name."""
    if output["output_type"] == "stream":
        return {str(output["name"]): output["text"]}
    if output["output_type"] == "error":
        return {"exception": f"{output['ename']}: {output['evalue']}"}
    parts = {mime: _as_text(content) for mime, content in output["data"].items()}
    about = {key: said for key, said in output.get("metadata", {}).items() if key != figures.KEY}
    return parts | {"metadata": _as_text(about)}


def _as_text(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content, sort_keys=True, indent=1)


def _all_text(output: Output | None) -> str:
    if output is None:
        return ""
    return "\n".join(text for part, text in _parts(output).items() if part not in FIGURES)


def compare_text(where: str, stored: str, now: str, tolerance: Tolerance) -> Difference | None:
    """Compare two texts: words exactly, integers exactly, decimal numbers within the tolerance."""
    if stored == now:
        return None
    if NUMBER.sub("#", stored) != NUMBER.sub("#", now):
        lines = list(unified_diff(stored.splitlines(), now.splitlines(), "stored", "now", n=1))
        if not lines:  # they differ in the kind of their line ends only
            lines = [repr(stored), repr(now)]
        return Difference(where, "\n".join(_trimmed(lines)), stored, now)
    apart = []
    for old, new in zip(NUMBER.finditer(stored), NUMBER.finditer(now), strict=True):
        if not _same_number(old.group(), new.group(), tolerance):
            line = stored.count("\n", 0, old.start())
            apart.append(
                f"line {line + 1}: {old.group()} became {new.group()}"
                f" in {now.splitlines()[line].strip()!r}"
            )
    if not apart:
        return None
    allowed = f"allowed: rtol={tolerance.rtol:g}, atol={tolerance.atol:g}"
    return Difference(where, "\n".join([*_trimmed(apart), allowed]), stored, now)


def _trimmed(lines: Sequence[str]) -> list[str]:
    left = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], *([f"... and {left} more lines"] if left > 0 else [])]


def _same_number(old: str, new: str, tolerance: Tolerance) -> bool:
    if old == new:
        return True
    if old.lstrip("+-").isdigit() or new.lstrip("+-").isdigit():
        return False
    return tolerance.admits(float(old), float(new))


def compare_figures(where: str, stored: str, now: str, tolerance: Tolerance) -> Difference | None:
    """Compare two encoded images pixel by pixel, or not at all where ``rms`` is infinite."""
    if stored == now or math.isinf(tolerance.rms):
        return None
    stored_image, image = _decoded(stored), _decoded(now)
    if stored_image.size == image.size and stored_image.tobytes() == image.tobytes():
        return None  # so it is nearly always, and what follows takes twice the time
    old, new = _on_white(stored_image), _on_white(image)
    images = {"expected": old, "actual": new}
    if old.size != new.size:
        message = "stored is {} x {} pixels, now it has {} x {}".format(*old.size, *new.size)
        return Difference(where, message, images=images)
    apart = np.asarray(old, dtype=float) - np.asarray(new, dtype=float)
    rms = math.sqrt(float(np.mean(apart**2)))
    if rms <= tolerance.rms:
        return None
    changed = np.any(apart != 0, axis=-1)
    rows, columns = np.nonzero(changed)
    message = (
        f"{changed.sum()} of {changed.size} pixels differ, all of them in columns "
        f"{columns.min()} to {columns.max()}, rows {rows.min()} to {rows.max()} from the top left; "
        f"RMS {rms:.3g}, allowed {tolerance.rms:g}"
    )
    return Difference(where, message, images=images | {"difference": _shown(changed, old)})


def _decoded(encoded: str) -> Image.Image:
    with Image.open(BytesIO(base64.b64decode(encoded))) as image:
        return image.convert("RGBA")


def _on_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    return white.convert("RGB")


def _shown(changed: np.ndarray[Any, Any], old: Image.Image) -> Image.Image:
    """Return the stored figure, pale, with each changed pixel in red."""
    pale = np.asarray(old.convert("L").convert("RGB")) // 4 + 191
    return Image.fromarray(np.where(changed[..., None], (220, 0, 0), pale).astype(np.uint8))
