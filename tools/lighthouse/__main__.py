"""Lighthouse's scores of every chapter, as on a phone: ``make lighthouse``.

    python -m tools.lighthouse                       every chapter of both editions
    python -m tools.lighthouse zh/adam en/index      these pages

A page is served as it will be, compressed and under the strict policy, and measured three times;
medians are shown. Performance is simulated for a phone on a slow network, but from times taken
here: on a busy machine it comes out too low. Needs Node.js 18.20 or later; the versions of all that
npm installs are locked, with hashes. Fails if a score is below 95.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from book.editions import ROOT
from tests.book.browser import NO_CHROMIUM, chapters, served, stale
from tools.npm import installed
from tools.pdf import FLAGS, chromium_path

HERE = Path(__file__).parent
WORK = ROOT / "_build" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LEAST = 95
RUNS = 3


def install() -> Path:
    """Install Lighthouse as locked, once; return its command."""
    return installed("lighthouse", HERE, WORK, "lighthouse")


def scores(command: Path, address: str) -> dict[str, float]:
    """Measure a page once; return its scores out of 100."""
    found = subprocess.run(
        [
            command,
            address,
            "--quiet",
            "--output=json",
            f"--only-categories={','.join(CATEGORIES)}",
            f"--chrome-flags=--headless=new {' '.join(FLAGS)}",
            "--no-enable-error-reporting",
        ],
        env={**os.environ, "CHROME_PATH": str(chromium_path())},
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        sys.exit(f"Lighthouse could not measure {address}:\n{found.stderr}")
    measured = json.loads(found.stdout)["categories"]
    return {category: 100 * measured[category]["score"] for category in CATEGORIES}


def main(names: list[str]) -> int:
    """Print the medians of each page; return how many pages fall short."""
    if trouble := stale():
        sys.exit(f"{trouble}: run `make site`")
    if chromium_path() is None:
        sys.exit(NO_CHROMIUM)
    command = install()
    wanted = [f"{name.removesuffix('.html')}.html" for name in names] or chapters("en", "zh")
    short = 0
    print(f"{'page':34}" + "".join(f"{category:>16}" for category in CATEGORIES), flush=True)
    with served() as base:
        for page in wanted:
            runs = [scores(command, f"{base}/{page}") for _ in range(RUNS)]
            medians = [median(run[category] for run in runs) for category in CATEGORIES]
            short += min(medians) < LEAST
            print(f"{page:34}" + "".join(f"{score:16.0f}" for score in medians), flush=True)
    return short


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
