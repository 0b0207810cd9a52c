"""List every dependency, locked or carried along, with version and licence: ``make licences``.

The licence is what the package's own metadata says, in the first of these that is there: an SPDX
expression, the classifiers, the field called licence. A package that some system or Python does
without, or whose metadata says nothing, stands in `READ`. One whose licence is not known to allow
use, change and handing on is flagged, and the exit status is 1.
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from textwrap import shorten

from tools.lock import pinned

LOCKS = ("requirements.lock", "requirements-cuda.lock")

KNOWN = re.compile(
    r"\b(MIT|BSD|0BSD|Apache|ISC|ISCL|PSF|Python Software Foundation|MPL|HPND|OFL|Unlicense|Zlib"
    r"|Public Domain)\b"
)
NVIDIA = "NVIDIA's own, not free"  # comes with the registry's torch for Linux, and with no other
READ = {
    "appnope": "BSD-2-Clause",
    "axe-playwright-python": "MIT",
    "colorama": "BSD-3-Clause",
    "cuda-bindings": "Apache-2.0",
    "cuda-pathfinder": "Apache-2.0",
    "cuda-toolkit": NVIDIA,
    "nvidia-nvtx": "Apache-2.0",
    "overrides": "Apache-2.0",
    "pexpect": "ISC",
    "ptyprocess": "ISC",
    "pywinpty": "MIT",
    "pyyaml-ft": "MIT",
    "triton": "MIT",
}

CARRIED = [  # what lies in the repository itself, made by others
    ("KaTeX, in book/_static/vendor", "", "MIT"),
    ("Noto Sans CJK SC, in coursekit/fonts", "2.004", "OFL-1.1"),
]


def main() -> int:
    """Print the list; return 0 if nothing in it is flagged."""
    rows = [(name, version, licence_of(name)) for name, version in pinned(LOCKS)]
    rows += CARRIED
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(map(str.ljust, row, widths)).rstrip())
    flagged = [name for name, _, licence in rows if licence != NVIDIA and not KNOWN.search(licence)]
    if flagged:
        print(f"Licence not known: {', '.join(flagged)}. What it is goes into tools/licences.py.")
    return int(bool(flagged))


def licence_of(name: str) -> str:
    """Return the licence that a package names, or that was read for it."""
    if name.startswith("nvidia-"):
        return READ.get(name, NVIDIA)
    if name in READ:
        return READ[name]
    try:
        said = metadata(name).json
    except PackageNotFoundError:
        return "not installed"
    approved = [one for one in said.get("classifier", []) if ":: OSI Approved ::" in one]
    from_classifiers = ", ".join(one.split(" :: ")[-1] for one in approved)
    named = said.get("license_expression") or from_classifiers or said.get("license")
    return shorten(str(named or "none named"), 60, placeholder=" ...")


if __name__ == "__main__":
    sys.exit(main())
