"""What README and CONTRIBUTING name is there, and every command says what it does."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", "CONTRIBUTING.md", "book/en/running.md", "book/zh/running.md"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^([a-z-]+):(?! =).*?(?:## (.+))?$", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_commands_files_and_links_are_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    commands = set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE))
    assert commands <= {name for name, _ in COMMANDS}
    files = re.findall(r"`((?:book|coursekit|tests|tools)/[\w./-]*)`", text)
    files += re.findall(r"\]\(((?!https?:|#)[\w./-]+\.\w+)\)", text) if "/" not in page else []
    missing = [name for name in files if not (ROOT / name).exists()]
    assert not missing
    if page == "CONTRIBUTING.md":
        assert len(files) >= 5
        assert len(commands) >= 10


@pytest.mark.parametrize("page", PAGES[:2])
def test_commands_as_they_are_typed_run_the_environment_s_python(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    typed = re.findall(r"`[^`\n]+`|^```\n.*?^```", text, re.MULTILINE | re.DOTALL)
    bare = [one for one in typed if re.match(r"`(?:python|pytest|ruff|mypy) ", one)]
    assert not bare


def test_every_command_says_what_it_does_and_a_dozen_are_for_every_day() -> None:
    assert [name for name, said in COMMANDS if not said] == []
    phony = set(" ".join(re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)).split())
    assert phony == {name for name, _ in COMMANDS}
    every_day = MAKEFILE.partition("\n##@ every day")[2].partition("\n##@")[0]
    assert 5 <= len(re.findall(r"^[a-z-]+:", every_day, re.MULTILINE)) <= 12


def test_files_of_tests_have_names_of_their_own() -> None:
    """Pytest collects no second file of one name: the whole run would end in an error."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)


def test_programs_live_in_tools_and_tests_hold_tests() -> None:
    programs = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
        and not path.name.startswith("test_")
    ]
    assert programs == []
