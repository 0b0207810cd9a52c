"""A command from npm, in the versions that a lock file names."""

import shutil
import subprocess
import sys
from pathlib import Path


def installed(name: str, sources: Path, work: Path, target: str) -> Path:
    """Install what ``package-lock.json`` in ``sources`` names, once; return a command of it.

    ``target`` is what to type for it: who has no npm reads that ``make target`` needs it.
    """
    command = work / "node_modules" / ".bin" / name
    locked = (sources / "package-lock.json").read_bytes()
    stamp = work / "installed.json"
    if not (command.exists() and stamp.exists() and stamp.read_bytes() == locked):
        npm = shutil.which("npm")
        if npm is None:
            sys.exit(f"make {target} needs Node.js with npm: https://nodejs.org")
        work.mkdir(parents=True, exist_ok=True)
        for file in ("package.json", "package-lock.json"):
            shutil.copyfile(sources / file, work / file)
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        if subprocess.run([npm, "ci", *quiet], cwd=work, check=False).returncode:
            sys.exit(f"npm could not install {name}; its words are above")
        stamp.write_bytes(locked)
    return command
