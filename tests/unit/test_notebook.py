"""A chapter's set-up: what it sets, and what it leaves alone."""

from collections.abc import Iterator
from types import SimpleNamespace

import matplotlib as mpl
import pytest
import torch
from matplotlib_inline.config import InlineBackend

from coursekit import check, notebook
from coursekit.check import _text


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
    monkeypatch.setattr(notebook, "_shell", lambda: SimpleNamespace(kernel=None))
    notebook.setup("en")
    assert backend.figure_formats == {"retina"}
    assert backend.print_figure_kwargs == {"bbox_inches": None}


def test_nothing_is_seeded_and_the_dtype_stays() -> None:
    before = torch.get_rng_state()
    notebook.setup("en")
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_default_dtype() == torch.float32


def test_another_language_changes_nothing() -> None:
    mpl.rcdefaults()
    before = dict(mpl.rcParams)
    with pytest.raises(ValueError, match="'en', 'zh'"):
        notebook.setup("de")
    assert dict(mpl.rcParams) == before
