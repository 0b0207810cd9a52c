"""Build the English and the Chinese edition into one site, ``_build/site``.

``python -m book.editions`` reuses what an earlier build left, unless what all pages share has
changed; ``--strict`` starts clean and fails on any warning, broken references included. Both
editions come from the one ``_config.yml`` and ``_toc.yml``; ``book/zh/edition.yml`` says in what
the Chinese one differs.

The site is put in place as the last act, and the one before it is removed as the first: a build
that failed or was interrupted leaves no site that looks built.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import yaml

from book.lighten import lighten, pack_figures
from book.plain import plain

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
WORK = ROOT / "_build" / "editions"
SITE = ROOT / "_build" / "site"
# What the builds leave beside the pages, and no page uses.
UNUSED = (
    ".buildinfo*",
    "*-macros.html",
    "*.map",
    "fontawesome",
    "locales",
    "basic.css",
    "clipboard.min.js",
    "copybutton*",
    "design-tabs.js",
    "doctools.js",
    "documentation_options.js",
    "exercise.css",
    "file.png",
    "katex.min.js",
    "language_data.js",
    "minus.png",
    "mystnb.*.css",
    "plus.png",
    "proof.css",
    "pygments.css",
    "scripts",
    "searchtools.js",
    "sphinx-design*",
    "sphinx_highlight.js",
    "styles",
    "translations.js",
    "*-solid.svg",
    "copy-button.svg",
    "*thebe*",
    "togglebutton*",
)
# What all pages share. Sphinx makes a page anew when its own source changed, and misses these.
FRAME = ("book/_ext", "book/_static", "book/_templates", "coursekit/labs/built")
LABEL = re.compile(r'\(([\w-]+)\)=|:label: *([\w-]+)|"name": "([\w-]+)"|\$\$ \(([\w-]+)\)')
GENERATED = {"genindex.html", "search.html"}
# What coursekit's wheel is made of, and where it lies on the site.
PACKAGE = ("pyproject.toml", "README.md", "LICENSE", "coursekit")
WHEELS = "wheels"
WHEEL_LINK = "wheels/coursekit.whl"  # in running.md; the real name has a version
# In running.md too: the line that a downloaded notebook begins with, once the site has an address.
INSTALL_LINE = f"%pip install -q {WHEEL_LINK}"
ADDRESS = {"en": "ADDRESS-OF-THESE-PAGES", "zh": "本站地址"}
# The first cell of a downloaded notebook. One line does it once the site has an address; before,
# the reader is told what to fetch from the page.
INSTALL = {
    "en": (
        "# Installs the version of coursekit that this chapter was made with. Run it once.\n",
        "Made with coursekit {version}. To run this notebook, download `{wheel}` from the page "
        "that you had it from (“How to run it”), then `pip install {wheel}`, with Python {python}.",
    ),
    "zh": (
        "# 安装做成本章的那一版 coursekit，运行一次即可。\n",
        "本章由 coursekit {version} 做成。要运行它，请在下载页（“怎样运行”）取得 `{wheel}`，"
        "再用 Python {python} 执行 `pip install {wheel}`。",
    ),
}
# A script of the course that a chapter reads: a download brings it along, in a cell that writes it.
SCRIPT = re.compile(r'"(\.\./scripts/([\w-]+\.py))"')
MISSING = "404.html"
# The whole site in one file, and the link to it, which the pages inside it go without.
OFFLINE = "deep-learning-foundations.zip"
OFFLINE_LINK = re.compile(rb'<p class="offline-copy">.*?</p>', re.DOTALL)


@dataclass(frozen=True)
class Edition:
    """A language's edition: its folder under ``book/``, its language tag, the language's name."""

    name: str
    tag: str
    label: str


EDITIONS = (Edition("en", "en", "English"), Edition("zh", "zh-CN", "中文"))


def settings(edition: Edition) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the edition's Jupyter Book configuration and its table of contents."""
    config = _read(ROOT / "_config.yml")
    own_path = BOOK / edition.name / "edition.yml"
    own = _read(own_path) if own_path.exists() else {}
    _merge(config, own.get("config", {}))
    _merge(
        config,
        {
            "exclude_patterns": [".*", "**/.*"],
            "repository": {"path_to_book": f"book/{edition.name}"},
            "sphinx": {
                "local_extensions": {"course": str(BOOK / "_ext")},
                "config": {
                    "course_edition": edition.name,
                    "course_editions": [asdict(each) for each in EDITIONS],
                },
            },
        },
    )
    if base := config["html"]["baseurl"]:
        config["html"]["baseurl"] = f"{base.rstrip('/')}/{edition.name}/"
    return config, _localised(_read(ROOT / "_toc.yml"), own.get("captions", {}))


def frame() -> str:
    """Return a digest of what all pages share."""
    digest = hashlib.sha256(" ".join(sorted(labels())).encode())
    for path in sorted(path for name in FRAME for path in (ROOT / name).rglob("*.*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def labels() -> set[str]:
    """Return what the sources can be linked by: a page that links it must be made anew with it.

    Otherwise a label that was renamed is missed on the page that had it alone, and a later build
    says nothing of the pages that still link it.
    """
    sources = (path for each in EDITIONS for path in (BOOK / each.name).rglob("*.*"))
    texts = (
        path.read_text(encoding="utf-8") for path in sources if path.suffix in (".md", ".ipynb")
    )
    return {next(filter(None, match)) for text in texts for match in LABEL.findall(text)}


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _merge(into: dict[str, Any], own: dict[str, Any]) -> None:
    for key, value in own.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _localised(toc: Any, captions: dict[str, str]) -> Any:
    """Return the table of contents with an edition's own paths and captions."""
    if isinstance(toc, list):
        return [_localised(entry, captions) for entry in toc]
    if isinstance(toc, dict):
        return {key: _localised(entry, captions) for key, entry in toc.items()}
    if isinstance(toc, str):
        return captions.get(toc, toc.removeprefix("book/en/"))
    return toc


def start_build(edition: Edition, strict: bool) -> "subprocess.Popen[bytes]":
    """Start Jupyter Book on one edition; its pages come to ``WORK/<name>/_build/html``."""
    paths = []
    for kind, content in zip(("config", "toc"), settings(edition), strict=True):
        path = WORK / f"{edition.name}-{kind}.yml"
        text = yaml.safe_dump(content, allow_unicode=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        paths.append(str(path))
    command = [sys.executable, "-m", "book.builder", "build"]
    command += [str(BOOK / edition.name), "--quiet"]
    command += ["--config", paths[0], "--toc", paths[1], "--path-output", str(WORK / edition.name)]
    if strict:
        command += ["--warningiserror", "--nitpick", "--keep-going"]
    # In a session of its own, Ctrl-C at the terminal does not reach it: `build` ends it quietly.
    return subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True
    )


def assemble(started: float) -> None:
    """Put the editions' pages and the pages above them together, then move them into place.

    The folder is dated by the start of the build, so that a source changed since is newer than it.
    """
    fresh = WORK / "site"
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(BOOK / "_site", fresh)
    for edition in EDITIONS:
        pages = WORK / edition.name / "_build" / "html"
        pack_figures(pages / "_images")  # here, where the next build finds those that stay
        shutil.copytree(pages, fresh / edition.name, ignore=shutil.ignore_patterns(*UNUSED))
        lighten(fresh / edition.name)
    base = _read(ROOT / "_config.yml")["html"]["baseurl"].rstrip("/")
    wheel = build_wheel(fresh / WHEELS)
    for edition in EDITIONS:
        for notebook in (fresh / edition.name / "_sources").rglob("*.ipynb"):
            make_alone(notebook, edition.name, wheel, base)
        running = fresh / edition.name / "running.html"
        if running.exists():
            text = name_wheel(running.read_text(encoding="utf-8"), edition.name, wheel, base)
            running.write_text(text, encoding="utf-8")
    (fresh / MISSING).write_text(missing(base), encoding="utf-8")
    if base:
        (fresh / "sitemap.xml").write_text(sitemap(fresh, base), encoding="utf-8")
    pack(fresh, fresh / OFFLINE)
    os.utime(fresh, (started, started))
    fresh.rename(SITE)


def missing(base: str) -> str:
    """Return the page for an address that leads nowhere; it is shown at any depth.

    With an address its links begin with that address's path. Without one they begin at the host,
    and a script of its own, the only one in a page of the site, looks for the folder they are in.
    """
    text = (BOOK / "_site" / MISSING).read_text(encoding="utf-8")
    if base:
        text = re.sub(r"\s*<script>.*?</script>", "", text, flags=re.DOTALL)
    return text.replace("{base}", urlsplit(base).path.rstrip("/"))


def build_wheel(folder: Path) -> str:
    """Build coursekit's wheel from this copy's sources into a folder; return the file's name."""
    source = WORK / "package"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    for name in PACKAGE:
        if (ROOT / name).is_dir():
            derived = shutil.ignore_patterns("__pycache__", "*.pyc")
            shutil.copytree(ROOT / name, source / name, ignore=derived)
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--wheel-dir", str(folder), str(source)]
    # The same sources give the same bytes.
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "315532800", "PIP_USER": "0"}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
    return next(folder.glob("coursekit-*.whl")).name


def install_line(address: str, wheel: str) -> str:
    """Return the line of a notebook that installs the wheel which a site at this address serves."""
    return f"%pip install -q {address}/{WHEELS}/{wheel}"


def name_wheel(page: str, edition: str, wheel: str, base: str) -> str:
    """Return the page on how to run it with the wheel's real name, in its link and in its line."""
    page = page.replace(f'href="{WHEEL_LINK}"', f'href="../{WHEELS}/{wheel}"')
    return page.replace(INSTALL_LINE, install_line(base or ADDRESS[edition], wheel))


def make_alone(notebook: Path, edition: str, wheel: str, base: str) -> None:
    """Make a notebook one that is read without the others.

    Its first cell is what it needs: a line that installs it, or where to get it. A script that a
    cell reads is written by the cell before it. The text is plain Markdown.
    """
    content = json.loads(notebook.read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    code, words = INSTALL[edition]
    cell: dict[str, Any] = {"id": "install", "metadata": {}}
    if base:
        line = install_line(base, wheel)
        cell |= {"cell_type": "code", "execution_count": None, "outputs": []}
        cell["source"] = [code, line]
    else:
        text = words.format(
            wheel=wheel, version=wheel.split("-")[1], python=project["requires-python"]
        )
        cell |= {"cell_type": "markdown", "source": [text]}
    plain(content["cells"], edition, f"{base}/{edition}" if base else "")
    content["cells"] = [cell, *bring_scripts(content["cells"])]
    notebook.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def bring_scripts(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a chapter's cells, each script written where it is first read, beside the notebook."""
    found: list[dict[str, Any]] = []
    written: set[str] = set()
    for cell in cells:
        code = "".join(cell["source"]) if cell["cell_type"] == "code" else ""
        for path, name in SCRIPT.findall(code):
            code = code.replace(path, name)
            if name not in written:
                written.add(name)
                script = (BOOK / "en" / path).resolve().read_text(encoding="utf-8")
                lines = f"%%writefile {name}\n{script}".splitlines(keepends=True)
                one = {"id": f"script-{len(written)}", "cell_type": "code", "metadata": {}}
                found.append({**one, "execution_count": None, "outputs": [], "source": lines})
        found.append({**cell, "source": code.splitlines(keepends=True)} if code else cell)
    return found


def pack(site: Path, archive: Path) -> None:
    """Write the site into a zip that reads offline; the same site gives the same bytes."""
    files = sorted(path for path in site.rglob("*") if path.is_file() and path != archive)
    with ZipFile(archive, "w") as packed:
        for path in files:
            entry = ZipInfo(f"{archive.stem}/{path.relative_to(site).as_posix()}")
            entry.create_system = 3  # so that the mode is read as Unix's on every system
            entry.external_attr = 0o644 << 16
            content = path.read_bytes()
            if path.suffix == ".html":
                content = OFFLINE_LINK.sub(b"", content)
            packed.writestr(entry, content, ZIP_DEFLATED)


def sitemap(site: Path, base: str) -> str:
    """Return the site map: every page, with its twin in the other language."""
    entries = []
    for path in sorted((site / EDITIONS[0].name).rglob("*.html")):
        page = path.relative_to(site / EDITIONS[0].name).as_posix()
        if page in GENERATED:
            continue
        twins = "".join(
            f'<xhtml:link rel="alternate" hreflang="{each.tag}" href="{base}/{each.name}/{page}"/>'
            for each in EDITIONS
        )
        entries += [f"<url><loc>{base}/{each.name}/{page}</loc>{twins}</url>" for each in EDITIONS]
    spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    spaces += ' xmlns:xhtml="http://www.w3.org/1999/xhtml"'
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f"<urlset {spaces}>", *entries, "</urlset>"]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Build as the command line asks; return 0 if the site stands."""
    parser = argparse.ArgumentParser(description="Build both editions into _build/site.")
    parser.add_argument("--strict", action="store_true", help="build afresh, fail on any warning")
    strict = parser.parse_args().strict

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        failed = build(strict)
    except KeyboardInterrupt:
        failed = "stopped"
    except OSError as error:
        failed = str(error)
    if failed:
        print(f"No site was built: {failed}.", file=sys.stderr)
        return 1
    print(f"The course is built. Open {SITE / 'index.html'}")
    return 0


def build(strict: bool) -> str:
    """Build both editions and put the site in place; return why not, or nothing."""
    started = time.time()
    shutil.rmtree(SITE, ignore_errors=True)
    shared = WORK / "frame"
    now = frame()
    if strict or not shared.exists() or shared.read_text(encoding="utf-8") != now:
        shutil.rmtree(WORK, ignore_errors=True)
        WORK.mkdir(parents=True)
        shared.write_text(now, encoding="utf-8")
    with ExitStack() as stack:
        builds = []
        for edition in EDITIONS:
            process = stack.enter_context(start_build(edition, strict))
            stack.callback(process.terminate)  # does nothing to one that has ended
            builds.append((edition, process))
        failed = [edition.label for edition, process in builds if process.wait() != 0]
    if failed:
        return f"see above, {' and '.join(failed)}"
    assemble(started)
    return ""


if __name__ == "__main__":
    sys.exit(main())
