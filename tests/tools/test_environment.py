"""The files that say which versions the course runs on say the same."""

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions, version
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools.licences import READ

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT_TEXT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(PYPROJECT_TEXT)["project"]
BUILD_SYSTEM = tomllib.loads(PYPROJECT_TEXT)["build-system"]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
SYSTEMS = ["linux", "darwin", "win32"]

CONDA_NAMES = {"pytorch": "torch", "matplotlib-base": "matplotlib"}
IN_CONDA = ["lab", "book", "test", "bench"]  # mutmut does not run on Windows


def requirements(*extras: str) -> dict[str, Requirement]:
    texts = [*PROJECT["dependencies"]] if not extras else []
    texts += [text for extra in extras for text in PROJECT["optional-dependencies"][extra]]
    return {canonicalize_name(Requirement(text).name): Requirement(text) for text in texts}


EVERY = requirements() | requirements(*PROJECT["optional-dependencies"])
BUILD = {Requirement(text).name: Requirement(text) for text in BUILD_SYSTEM["requires"]}


ENTRY = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\\n]+?))?"
    r"(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n",
    re.MULTILINE,
)


def lock(kind: str = "") -> dict[str, re.Match[str]]:
    """Return a lock's entries by name; every line of it belongs to one, or is a comment."""
    text = (ROOT / f"requirements{kind}.lock").read_text(encoding="utf-8")
    left = [line for line in ENTRY.sub("", text).splitlines() if line and line[0] != "#"]
    assert not left, f"requirements{kind}.lock: no exact version with hashes: {left[0]}"
    return {canonicalize_name(entry["name"]): entry for entry in ENTRY.finditer(text)}


LOCKED = {name: entry["version"] for name, entry in lock().items()}


def conda() -> tuple[dict[str, str], dict[str, str], SpecifierSet]:
    """Return the versions by PyPI's names, those from pip, and the range of Pythons."""
    entries = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    found: dict[str, str] = {}
    pythons = SpecifierSet()
    for entry in entries[:-1]:
        name, pinned = re.fullmatch(r"([\w-]+)=?([^=<>]*)(?:=cpu\*)?(?:[<>].*)?", entry).groups()  # type: ignore[union-attr]
        if name == "python":
            pythons = SpecifierSet(entry.removeprefix("python"))
        elif name != "pip":
            found[str(canonicalize_name(CONDA_NAMES.get(name, name)))] = pinned
    from_pip = [Requirement(text) for text in entries[-1]["pip"] if not text.startswith("-")]
    pins = {canonicalize_name(one.name): one.specifier for one in from_pip}
    return found, {name: str(pin).removeprefix("==") for name, pin in pins.items()}, pythons


def test_the_lock_names_every_dependency_in_its_range() -> None:
    for name, requirement in (EVERY | BUILD).items():
        assert name in LOCKED, f"requirements.lock has no {name}; run `make lock KEEP=--keep`"
        assert requirement.specifier.contains(LOCKED[name]), (
            f"requirements.lock has {name} {LOCKED[name]}, pyproject.toml {requirement}"
        )
    assert "pip" in LOCKED


def test_the_locks_are_whole() -> None:
    """What a locked package needs, on this system and Python, is locked, in a version that fits."""
    found = {str(canonicalize_name(one.name)): one for one in distributions()}
    cuda = {name: entry["version"] for name, entry in lock("-cuda").items()}
    for name, pinned in LOCKED.items():
        if name not in found or found[name].version.split("+")[0] != pinned:
            continue  # of another system, or the environment is not the lock's
        for text in found[name].requires or []:
            need = Requirement(text)
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                version_of = (LOCKED | cuda).get(canonicalize_name(need.name), "none")
                assert need.specifier.contains(version_of, prereleases=True), f"{name}: {need}"


def test_the_lock_is_the_same_on_every_machine() -> None:
    for name, pinned in LOCKED.items():
        assert Version(pinned).local is None, f"{name} {pinned} is one machine's build"
    for path in ROOT.glob("requirements*.lock"):
        assert "://" not in path.read_text(encoding="utf-8"), f"{path.name} names a host"


def test_torch_has_one_version_in_whatever_build() -> None:
    (cpu,) = lock("-cpu").values()
    assert cpu["name"] == "torch"
    assert cpu["version"] == f"{LOCKED['torch']}+cpu"
    assert lock("-cuda")
    for name, entry in lock("-cuda").items():
        assert name not in LOCKED
        assert "sys_platform == 'linux'" in entry["marker"]


def needed(entry: re.Match[str], python: str, system: str) -> bool:
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    environment |= {"sys_platform": system, "os_name": "nt" if system == "win32" else "posix"}
    return not entry["marker"] or Marker(entry["marker"]).evaluate(environment)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS)
def test_no_system_gets_a_package_in_two_versions(python: str, system: str) -> None:
    texts = [(ROOT / f"requirements{kind}.lock").read_text("utf-8") for kind in ("", "-cuda")]
    seen: set[str] = set()
    for entry in ENTRY.finditer("".join(texts)):
        if needed(entry, python, system):
            assert entry["name"] not in seen
            seen.add(entry["name"])


FETCHES = re.compile(r"\b(?:pip3? (?:install|download|wheel)|uvx?|npx?|npm|curl|wget|conda)\b")
HELD = re.compile(r"--require-hashes|--no-index")


@pytest.mark.parametrize(
    "path",
    [ROOT / "Makefile", ROOT / ".ci" / "run", *(ROOT / ".github").glob("*/*.yml")],
    ids=lambda path: path.name,
)
def test_nothing_is_fetched_without_its_hash(path: Path) -> None:
    if path.is_dir():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        command = line.split("#")[0]
        if path.suffix != ".py" and FETCHES.search(command):
            assert HELD.search(command), f"{path.name}: {line.strip()}"
        if "uses:" in command:
            assert re.search(r"@[0-9a-f]{40}$", command.strip()), f"a moving tag: {line.strip()}"


def test_every_licence_is_known() -> None:
    missing = [
        name
        for name, entry in lock().items()
        if not entry["marker"] and not list(distributions(name=name))
    ]
    if missing:
        pytest.skip(f"this environment is not the lock's: {', '.join(missing)}")
    done = subprocess.run(
        [sys.executable, "-m", "tools.licences"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    carried = [line for line in lines if ", in " in line]
    assert {line.split()[0] for line in lines if line not in carried} == {*lock(), *lock("-cuda")}
    folders = [line.partition(", in ")[2].split()[0] for line in carried]
    assert folders == ["book/_static/vendor", "coursekit/fonts"]
    assert all((ROOT / folder).is_dir() for folder in folders)


def test_a_licence_is_known_without_the_package_where_not_all_need_it() -> None:
    for name, entry in lock().items():
        if not all(needed(entry, *each) for each in product(PYTHONS, SYSTEMS)):
            assert name in READ


def test_conda_has_the_locked_versions() -> None:
    from_conda, from_pip, _ = conda()
    for name, pinned in (from_conda | from_pip).items():
        assert pinned == LOCKED.get(name), f"{name}: environment.yml has {pinned}"


def test_conda_brings_all_that_reading_running_and_building_need() -> None:
    from_conda, from_pip, _ = conda()
    missing = (
        (requirements() | requirements(*IN_CONDA)).keys() - from_conda.keys() - from_pip.keys()
    )
    assert not missing
    assert not from_conda.keys() - EVERY.keys(), "environment.yml has what pyproject.toml has not"


def test_conda_takes_the_cpu_build_of_torch() -> None:
    assert f"  - pytorch={LOCKED['torch']}=cpu*\n" in (ROOT / "environment.yml").read_text(
        encoding="utf-8"
    )


def test_every_file_names_the_same_pythons() -> None:
    wanted = SpecifierSet(PROJECT["requires-python"])
    assert [python for python in PYTHONS if f"{python}.0" in wanted] == PYTHONS
    assert conda()[2] == wanted
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == PYTHONS
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in PYTHONS


OFFLINE = re.compile(r"sending request|failed to fetch|dns|connect|timed out", re.IGNORECASE)
NEWEST = PYTHONS[-1]


@pytest.mark.parametrize(
    "system",
    ["x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "aarch64-apple-darwin",
     "x86_64-pc-windows-msvc"],
)  # fmt: skip
def test_the_lock_can_be_had_for_the_newest_python(system: str, tmp_path: Path) -> None:
    """All of it as wheels: nothing of it is run here."""
    if find_spec("uv") is None:
        pytest.skip("uv is not installed")
    command = [sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--target", str(tmp_path)]
    command += ["--python-version", NEWEST, "--python-platform", system, "--require-hashes"]
    command += ["--only-binary", ":all:", "--no-deps", "--no-progress"]
    command += ["-r", str(ROOT / "requirements.lock")]
    environment = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": "14.0"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode and OFFLINE.search(done.stderr):
        pytest.skip("the registry can't be reached")
    assert done.returncode == 0, done.stderr
    wanted = {name for name, entry in lock().items() if needed(entry, NEWEST, SYSTEM_OF[system])}
    found = re.findall(r"^ \+ ([\w.-]+)==", done.stderr, re.MULTILINE)
    assert {canonicalize_name(name) for name in found} == wanted


SYSTEM_OF = {
    "x86_64-manylinux_2_28": "linux",
    "aarch64-manylinux_2_28": "linux",
    "aarch64-apple-darwin": "darwin",
    "x86_64-pc-windows-msvc": "win32",
}

OLD = """
import warnings

def test_ours():
    warnings.warn("old", {kind}, stacklevel=1)

def test_theirs():
    warnings.warn_explicit("old", {kind}, "a.py", 1, module="torch.nn")
"""


@pytest.mark.parametrize(
    ("kind", "failed"),
    [
        ("DeprecationWarning", ["ours"]),
        ("PendingDeprecationWarning", ["ours"]),
        ("FutureWarning", ["ours"]),
        ("UserWarning", ["ours", "theirs"]),
    ],
)
def test_a_dependency_may_call_old_what_it_calls_itself(
    kind: str, failed: list[str], tmp_path: Path
) -> None:
    (tmp_path / "test_old.py").write_text(OLD.format(kind=kind), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q"]
    command += ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), "test_old.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert re.findall(r"^FAILED \S+::test_(\w+)", done.stdout, re.MULTILINE) == failed, done.stdout


def test_every_dependency_has_its_reason_beside_it() -> None:
    for line in PYPROJECT_TEXT.splitlines():
        if re.match(r'\s+"[\w.-]+[<>=]=', line):
            assert re.search(r'",\s+# \w', line), f"no reason in pyproject.toml: {line.strip()}"


def test_every_dependency_is_bounded_on_both_sides() -> None:
    for requirement in EVERY.values():
        signs = {specifier.operator for specifier in requirement.specifier}
        assert signs in ({">=", "<"}, {"=="}), str(requirement)


def test_what_is_installed_fits_together() -> None:
    for name, requirement in EVERY.items():
        installed = [one for one in distributions() if canonicalize_name(one.name) == name]
        assert not installed or requirement.specifier.contains(installed[0].version), str(
            requirement
        )


def test_the_citation_has_the_version_of_the_package() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == PROJECT["version"] == version("coursekit")


@pytest.mark.parametrize("said", ["MIT License", "CC BY 4.0"])
def test_the_license_covers_code_and_prose(said: str) -> None:
    assert said in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_the_readme_s_example_runs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    exec(example, {})
