"""The browser is looked for where each system has it."""

from pathlib import Path

import pytest

from tools import pdf


def test_a_browser_on_the_path_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", {"google-chrome": "/bin/chrome"}.get)

    assert pdf.chromium_path() == "/bin/chrome"


def test_windows_keeps_it_among_the_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    for name in ("PROGRAMFILES", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PROGRAMFILES(X86)", str(tmp_path))
    browser = tmp_path / "Microsoft" / "Edge" / "Application" / "msedge.exe"
    browser.parent.mkdir(parents=True)
    browser.touch()
    assert pdf.chromium_path() == str(browser)
    browser.unlink()
    monkeypatch.setattr(pdf, "ON_MACS", ())
    assert pdf.chromium_path() is None
