"""A chapter's set-up: what it sets, and what it leaves alone."""

from collections.abc import Iterator
from types import SimpleNamespace

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
import torch
from fontTools.ttLib import TTFont
from matplotlib_inline.config import InlineBackend

from coursekit import check, notebook
from coursekit._fonts import FONT
from coursekit.check import _text
from tools.font import used, usual


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    spoken = _text.current()
    with mpl.rc_context():
        yield
    check.language(spoken)


def test_style_and_language() -> None:
    mpl.rcdefaults()
    notebook.setup("zh")
    assert _text.current() == "zh"
    assert mpl.rcParams["axes.spines.top"] is False
    notebook.setup("en")
    assert _text.current() == "en"


def test_figures_are_stored_sharp_and_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = SimpleNamespace()
    monkeypatch.setattr(InlineBackend, "instance", lambda parent: backend)
    monkeypatch.setattr(notebook, "shell", lambda: SimpleNamespace(kernel=None))
    notebook.setup("en")
    assert backend.figure_formats == {"retina"}
    assert backend.print_figure_kwargs == {"bbox_inches": None}


def pixels(label: str) -> bytes:
    fig = plt.figure(figsize=(4, 1), dpi=50)
    fig.text(0.05, 0.5, label)
    fig.text(0.05, 0.1, label, weight="bold")
    fig.canvas.draw()
    drawn = bytes(fig.canvas.buffer_rgba())  # type: ignore[attr-defined]
    plt.close(fig)
    return drawn


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("label", ["{}率 lr", "步{} $\\eta$（对数）", "$\\kappa = 10$，{}数", "{}"])
def test_chinese_labels_are_drawn(
    label: str, language: str, caplog: pytest.LogCaptureFixture
) -> None:
    plt.switch_backend("agg")
    notebook.setup(language)
    # A sign that the font lacks is drawn as a box, and so would be every other one.
    assert pixels(label.format("习")) != pixels(label.format("条"))
    assert caplog.messages == []  # matplotlib logs some of what it has no sign for


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")
def test_without_the_set_up_matplotlib_has_no_chinese(caplog: pytest.LogCaptureFixture) -> None:
    plt.switch_backend("agg")
    mpl.rcParams["font.family"] = ["sans-serif"]
    assert pixels("习") == pixels("条")


def test_what_has_no_chinese_looks_as_it_did() -> None:
    plt.switch_backend("agg")
    plt.style.use("coursekit.course")
    mpl.rcParams["font.family"] = ["sans-serif"]
    label = "−3 · “loss” ≤ ∞, $\\hat{v}_t$"
    before = pixels(label)
    notebook.setup("zh")
    assert pixels(label) == before


def test_the_font_has_every_character_of_the_course() -> None:
    known = set(map(chr, TTFont(FONT).getBestCmap()))
    missing = sorted({*usual(), *used()} - known)
    assert not missing, f"{''.join(missing)}: python -m tools.font adds them"
    assert len(usual()) == 3755


def test_the_font_is_light_and_has_its_licence_beside_it() -> None:
    assert FONT.stat().st_size < 1_000_000
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONT.parent / "OFL.txt").read_text("utf-8")


def test_nothing_is_seeded_and_the_dtype_stays() -> None:
    before = torch.get_rng_state()
    notebook.setup("en")
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_default_dtype() == torch.float32


def test_another_language_changes_nothing() -> None:
    mpl.rcdefaults()
    before = dict(mpl.rcParams)
    with pytest.raises(ValueError, match=r"^language must be one of .'en', 'zh'"):
        notebook.setup("de")
    assert dict(mpl.rcParams) == before
