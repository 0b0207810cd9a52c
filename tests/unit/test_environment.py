"""The files that say which versions the course runs on say the same."""

import re
import sys
import tomllib
from importlib.metadata import distributions, version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT_TEXT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(PYPROJECT_TEXT)["project"]
PYTHONS = ["3.11", "3.12", "3.13"]

CONDA_NAMES = {"pytorch": "torch", "matplotlib-base": "matplotlib"}
IN_CONDA = ["lab", "book", "test", "bench"]  # mutmut does not run on Windows


def requirements(*extras: str) -> dict[str, Requirement]:
    texts = [*PROJECT["dependencies"]] if not extras else []
    texts += [text for extra in extras for text in PROJECT["optional-dependencies"][extra]]
    return {canonicalize_name(Requirement(text).name): Requirement(text) for text in texts}


EVERY = requirements() | requirements(*PROJECT["optional-dependencies"])


def pins(lines: list[str]) -> dict[str, str]:
    texts = (line.split("#")[0].strip() for line in lines)
    pairs = (text.split("==") for text in texts if text and not text.startswith("-"))
    return {canonicalize_name(name): pinned for name, pinned in pairs}


CONSTRAINTS = pins((ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines())


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
    return found, pins(entries[-1]["pip"]), pythons


def test_constraints_name_every_dependency_in_its_range() -> None:
    for name, requirement in EVERY.items():
        assert name in CONSTRAINTS, f"constraints.txt has no {name}; run `make constraints`"
        assert requirement.specifier.contains(CONSTRAINTS[name]), (
            f"constraints.txt has {name} {CONSTRAINTS[name]}, pyproject.toml {requirement}"
        )


def test_constraints_are_exact_and_the_same_on_every_machine() -> None:
    for name, pinned in CONSTRAINTS.items():
        assert Version(pinned).local is None, f"{name} {pinned} is one machine's build"


def test_conda_has_the_versions_of_the_constraints() -> None:
    from_conda, from_pip, _ = conda()
    for name, pinned in (from_conda | from_pip).items():
        assert pinned == CONSTRAINTS.get(name), f"{name}: environment.yml has {pinned}"


def test_conda_brings_all_that_reading_running_and_building_need() -> None:
    from_conda, from_pip, _ = conda()
    missing = (
        (requirements() | requirements(*IN_CONDA)).keys() - from_conda.keys() - from_pip.keys()
    )
    assert not missing
    assert not from_conda.keys() - EVERY.keys(), "environment.yml has what pyproject.toml has not"


def test_conda_takes_the_cpu_build_of_torch() -> None:
    assert f"  - pytorch={CONSTRAINTS['torch']}=cpu*\n" in (ROOT / "environment.yml").read_text(
        encoding="utf-8"
    )


def test_every_file_names_the_same_pythons() -> None:
    wanted = SpecifierSet(PROJECT["requires-python"])
    assert [python for python in PYTHONS if f"{python}.0" in wanted] == PYTHONS
    assert conda()[2] == wanted
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == PYTHONS
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in PYTHONS


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
