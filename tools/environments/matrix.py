"""Run the gate and the unit tests as other machines would: ``make test-matrix``.

    python -m tools.environments.matrix                                   every leg
    python -m tools.environments.matrix avx2 wheel                        these legs
    python -m tools.environments.matrix avx2 --tests book/en/adam.ipynb   this much of one leg

The legs differ from `make test` in several things at once, so that each of these is met at least
once without trying all combinations of them:

=================  ===============================================================================
processor          the machine's own; AVX2; neither AVX2 nor AVX-512. Set for torch's own kernels
                   (``ATEN_CPU_CAPABILITY``) and for the BLAS of torch and of NumPy
threads            1, 2
hash seed          random, and another one in each leg
time zone          UTC, east and west of it
locale             UTF-8 and C
working directory  the repository, and one outside it
coursekit          the checkout, and an installed wheel without a checkout in reach
=================  ===============================================================================

The leg ``empty`` is of another kind: pip fetches what the wheel on the site requires into an
environment with nothing else (a minute of computing, a gigabyte and a half), and every chapter as
the site serves it is executed there. `make test` does the same with one chapter and with links to
the packages at hand.
"""

import subprocess
import sys
import sysconfig
import tempfile
import venv
from dataclasses import replace
from pathlib import Path

from book.editions import SITE, WHEELS
from tools.environments.empty import downloaded
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

AVX2 = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
}
NO_AVX2 = {
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
    "OPENBLAS_CORETYPE": "Nehalem",
}
EAST = {"TZ": "Asia/Tokyo"}
WEST = {"TZ": "America/Los_Angeles"}
C_LOCALE = {"LANG": "C", "LC_ALL": "C"}
THREADS = {"OMP_NUM_THREADS": "2"}

ELSEWHERE = Path(tempfile.gettempdir())

LEGS = (
    Leg("native", "2 threads, west", {**THREADS, **WEST}),
    Leg("avx2", "AVX2, C locale, east", {**AVX2, **C_LOCALE, **EAST}),
    Leg("default", "no AVX2, 2 threads", {**NO_AVX2, **THREADS}),
    Leg("folder", "another folder, C locale, west", {**C_LOCALE, **WEST}, folder=ELSEWHERE),
    Leg("wheel", "a wheel, another folder, east", {**EAST, **NO_OTHER_PATH}, folder=ELSEWHERE),
    Leg("empty", "what the site serves, and nothing else", only=["tests/book/test_download.py"]),
)


def main() -> int:
    """Run the legs that the command line names; return 0 if all are green."""
    names = [leg.name for leg in LEGS]
    asked = command_line("Run the gate as other machines would.", names).parse_args()
    rows = []
    green = True
    for leg in LEGS:
        if leg.name not in (asked.legs or names):
            continue
        print(f"{leg.name}: {leg.differs} ...", flush=True)
        outcome = run(prepared(leg), asked.tests)
        green &= outcome.green
        for name, said in outcome.failures.items():
            print(f"  {name}: {said}")
        row = (leg.name, leg.differs, outcome.passed, len(outcome.failures))
        rows.append((*row, f"{outcome.seconds:.0f}"))
    print(table(("leg", "what differs", "passed", "failed", "seconds"), rows))
    if not green:
        print(f"What pytest printed, and what the gate reports, is in {WORK}.")
    return int(not green)


def prepared(leg: Leg) -> Leg:
    """Return the leg with the hash seed random, and with what it needs set up."""
    # Code that torch compiled for one processor gives NaN under another's name.
    compiled = {"TORCHINDUCTOR_CACHE_DIR": str(WORK / f"{leg.name}-compiled")}
    leg = replace(leg, variables={**leg.variables, **compiled, "PYTHONHASHSEED": "random"})
    if leg.name == "empty":
        subprocess.run([sys.executable, "-m", "book.editions"], cwd=ROOT, check=True)
        (wheel,) = (SITE / WHEELS).glob("coursekit-*.whl")
        python = downloaded(WORK / "empty", wheel)
        return replace(leg, variables={**leg.variables, "COURSE_DOWNLOADED": str(python)})
    if leg.name != "wheel":
        return leg
    tests = copy_without_the_package(WORK / "wheel" / "tests")
    return replace(leg, python=python_with_wheel(WORK / "wheel"), tests=tests)


def python_with_wheel(folder: Path) -> Path:
    """Return a Python that has coursekit from a wheel, and all else from this environment."""
    venv.create(folder / "venv", clear=True)
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder / "venv")}))
    (packages / "environment.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    python = folder / "venv" / "bin" / "python"
    install_wheel(python, folder)
    return python


if __name__ == "__main__":
    sys.exit(main())
