"""Run the gate and the unit tests with other versions of the packages: ``make test-versions``.

    python -m tools.environments.versions            the oldest and the newest versions
    python -m tools.environments.versions newest     the newest
    python -m tools.environments.versions --torch    torch in another version too

Oldest is the lower bound of each requirement in pyproject.toml, newest the newest version that it
admits, each in an environment of its own. Figures' pixels are not compared, because they differ
wherever matplotlib does; their number and kind are. torch is held at the locked version unless
``--torch`` is given: the registry's builds of the others come with some gigabytes of CUDA.
"""

import json
import subprocess
import sys
import tomllib
import venv
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.environments.legs import (
    NO_OTHER_PATH,
    ROOT,
    WORK,
    Leg,
    command_line,
    copy_without_the_package,
    install_wheel,
    run,
    table,
)
from tools.gate.plugin import locked

LEGS = ("oldest", "newest")
LOCKED = locked(ROOT / "requirements.lock")


def main() -> int:
    """Run the legs that the command line names; return 0 if all are green."""
    parser = command_line("Run the gate with other versions.", LEGS)
    parser.add_argument("--torch", action="store_true", help="do not hold torch")
    asked = parser.parse_args()
    if not asked.torch:
        print(f"torch is held at {LOCKED['torch']} in every leg; --torch lets it go.")
    versions, failures, summary = [], [], []
    for name in asked.legs or LEGS:
        print(f"{name}: setting up ...", flush=True)
        python = environment(name, requirements(name, hold_torch=not asked.torch))
        installed = installed_in(python)
        for package in sorted(each.name for each in direct()):
            before, here = LOCKED[canonicalize_name(package)], installed.get(package, "none")
            if before != here:
                versions.append((name, package, before, here))
        print(f"{name}: running ...", flush=True)
        tests = copy_without_the_package(WORK / name / "tests")
        leg = Leg(name, "versions", NO_OTHER_PATH, python, tests, tests, ["--no-pixels"])
        outcome = run(leg, asked.tests)
        failures += [(name, test, said) for test, said in outcome.failures.items()]
        row = (name, outcome.passed, len(outcome.failures), f"{outcome.seconds:.0f}")
        summary.append((*row, outcome.green))
    print("", table(("leg", "package", "locked", "here"), versions), sep="\n")
    if failures:
        print("", table(("leg", "test", "what differs"), failures), sep="\n")
    print(
        "", table(("leg", "passed", "failed", "seconds"), [row[:-1] for row in summary]), sep="\n"
    )
    return int(not all(row[-1] for row in summary))


def direct() -> list[Requirement]:
    """Return what pyproject.toml asks for, extras and build included; uv only writes the lock."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = pyproject["project"]["optional-dependencies"]
    texts = [*pyproject["project"]["dependencies"], *pyproject["build-system"]["requires"]]
    texts += [text for extra in extras if extra != "lock" for text in extras[extra]]
    return [Requirement(text) for text in texts]


def requirements(leg: str, hold_torch: bool) -> list[str]:
    """Return all that a leg installs, in exact versions; uv knows which there are."""
    wanted = [str(each) for each in direct() if not (hold_torch and each.name == "torch")]
    held = []
    if hold_torch:  # this build of it, and what this build needs
        wanted += requires("torch") or []
        held = [f"torch=={LOCKED['torch']}"]
    resolution = {"oldest": "lowest-direct", "newest": "highest"}[leg]
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", "-q", "--only-binary", ":all:"]
    command += ["--python", sys.executable, "--resolution", resolution, "--no-annotate"]
    done = subprocess.run(
        command, input="\n".join(wanted), stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"The {leg} versions do not fit together: see above.")
    return [line for line in done.stdout.splitlines() if not line.startswith("#")] + held


def environment(leg: str, wanted: list[str]) -> Path:
    """Make an environment of the leg's own with what is wanted and coursekit; return its Python."""
    folder = WORK / leg / "venv"
    venv.create(folder, clear=True, with_pip=True)
    python = folder / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "-q", "--no-deps"]
    command += ["--only-binary", ":all:"]
    if subprocess.run([*command, *wanted], check=False).returncode:
        sys.exit(f"pip could not set up the {leg} versions: see above.")
    install_wheel(python, WORK / leg / "wheel")
    return python


def installed_in(python: Path) -> dict[str, str]:
    """Return the versions in an environment, without builds' own labels, by name."""
    command = [str(python), "-m", "pip", "list", "--format", "json"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return {canonicalize_name(one["name"]): one["version"].split("+")[0] for one in found}


if __name__ == "__main__":
    sys.exit(main())
