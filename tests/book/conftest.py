"""The built site, served and in a browser, for every module that reads its pages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.book.browser import chromium, served, stale
from tests.book.jupyter import Lab, jupyterlab


@pytest.fixture(scope="module")
def site() -> None:
    """Fail, rather than judge pages that are not those of the sources."""
    if reason := stale():
        pytest.fail(f"{reason}: `make site` builds it")


@pytest.fixture(scope="module")
def browser(site: None) -> Iterator[Browser]:
    """A browser, if the site stands."""
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def address(site: None) -> Iterator[str]:
    """Where the site is served."""
    with served() as base:
        yield base


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab on a copy of the notebooks; it needs no built site.

    It brings its own browser: a module takes this one or ``browser``, since two can't be open.
    """
    with jupyterlab(tmp_path_factory.mktemp("jupyter")) as running:
        yield running
