"""Write requirements.lock, and what goes with it for torch: ``make lock``.

    python -m tools.lock                  the newest versions admitted, torch as it is
    python -m tools.lock --keep           the versions locked, new ones only for what is new
    python -m tools.lock --keep --but X   X in its newest version, the others as they are

An entry for each package: its exact version, and the hash of every file that may be installed for
it, on any platform and every Python that pyproject.toml admits. uv resolves; it comes from the lock
itself. torch's builds differ in what they need, and pip can't choose among them by hash alone:

=====================  ============================================================================
requirements.lock      everything, torch's entry naming the registry's builds
requirements-cuda.lock  what the registry's build for Linux needs besides
requirements-cpu.lock  torch built without CUDA, from wherever pip is set to find one. It is looked
                       for first. Its hash is that of the file that pip finds where `make lock` is
                       run, and stays from run to run until torch's version changes
=====================  ============================================================================
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PIN = re.compile(r"^([\w.-]+)==([^\s;]+)", re.MULTILINE)
CUDA = re.compile(r"(cuda|nvidia)-|triton==")
HEADS = {
    "requirements.lock": """\
# The exact versions that the stored outputs were made and compared with, and the hashes of the
# files that may be installed for them. `make lock` writes this file anew from pyproject.toml; then
# `make outputs`, `make test`, and the same versions into environment.yml.
""",
    "requirements-cuda.lock": """\
# What torch needs besides where it is the registry's build for Linux. `make lock` writes this file.
""",
    "requirements-cpu.lock": """\
# torch built without CUDA, taken where pip is set to find it. `make lock` writes this file.
""",
}


def main() -> int:
    """Write both locks, whole or not at all; return the exit status."""
    parser = argparse.ArgumentParser(description="Write requirements.lock from pyproject.toml.")
    parser.add_argument("--keep", action="store_true", help="keep the versions that are locked")
    parser.add_argument("--but", nargs="*", default=[], metavar="NAME", help="raise these even so")
    asked = parser.parse_args()
    pins = pinned(HEADS)
    # torch stays unless it is named: the newest may come as a CUDA build of gigabytes only.
    kept = [
        f"{name}=={pin}"
        for name, pin in pins
        if "+" not in pin and name not in asked.but and (asked.keep or name == "torch")
    ]
    try:
        entries = resolved(kept)
        cpu = without_cuda(next(entry for entry in entries if entry.startswith("torch==")))
    except subprocess.CalledProcessError as error:
        print(f"The locks stay as they were: {error.stderr.strip()}", file=sys.stderr)
        return 1
    write("requirements.lock", [entry for entry in entries if not CUDA.match(entry)])
    write("requirements-cuda.lock", [entry for entry in entries if CUDA.match(entry)])
    write("requirements-cpu.lock", cpu)
    return 0


def pinned(locks: Iterable[str]) -> list[tuple[str, str]]:
    """Return the packages that locks name and their versions, in order."""
    return PIN.findall("".join((ROOT / lock).read_text(encoding="utf-8") for lock in locks))


def write(name: str, entries: list[str]) -> None:
    """Put a lock in place, whole or not at all."""
    fresh = ROOT / f".{name}"
    fresh.write_text("\n".join([HEADS[name], *entries, ""]), encoding="utf-8")
    fresh.replace(ROOT / name)


def resolved(kept: list[str]) -> list[str]:
    """Return the entries: a package, its version and its hashes in each."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = pyproject["project"]
    wanted = [*project["dependencies"], *pyproject["build-system"]["requires"], "pip"]
    for extra in project["optional-dependencies"].values():
        wanted += extra
    lines = [  # JSON's lists and strings are TOML's too
        "[project]",
        'name = "lock"',
        'version = "0"',
        f"requires-python = {json.dumps(project['requires-python'])}",
        f"dependencies = {json.dumps(wanted)}",
        "[tool.uv]",
        "package = false",
        'fork-strategy = "fewest"',
        f"constraint-dependencies = {json.dumps(kept)}",
    ]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "pyproject.toml").write_text("\n".join(lines), encoding="utf-8")
        uv(folder, "lock", "--no-build")
        text = uv(folder, "export", "--frozen", "--no-emit-project", "--no-annotate", "--no-header")
    return re.findall(r"^\S.*(?:\n .*)*", text, re.MULTILINE)


def uv(folder: str, *arguments: str) -> str:
    """Run uv, with this Python, and return what it prints."""
    command = [sys.executable, "-m", "uv", *arguments, "--quiet", "--directory", folder]
    command += ["--python", sys.executable]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def without_cuda(torch: str) -> list[str]:
    """Return the entry of the build of torch without CUDA: pip's here, or the one locked before."""
    asked = torch.split()[0]
    ask = ["install", "--quiet", "--dry-run", "--ignore-installed", "--no-deps", "--report", "-"]
    command = [sys.executable, "-m", "pip", *ask, asked]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    (found,) = json.loads(done.stdout)["install"]
    pin = f"{asked}+cpu"
    before = (ROOT / "requirements-cpu.lock").read_text(encoding="utf-8")
    hashes = set(re.findall(r"sha256:(\w+)", before)) if f"\n{pin} " in before else set()
    if found["metadata"]["version"] == pin.removeprefix("torch=="):
        hashes.add(found["download_info"]["archive_info"]["hashes"]["sha256"])
    if not hashes:
        return []
    return [" \\\n".join([pin, *(f"    --hash=sha256:{one}" for one in sorted(hashes))])]


if __name__ == "__main__":
    sys.exit(main())
