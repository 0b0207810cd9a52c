"""Make every notebook a test, wherever pytest finds one; one thread a process, no windows."""

import os
import sys
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when numpy and torch are first imported
os.environ.setdefault("MPLBACKEND", "Agg")

# nbval imports jsonschema, which would build a grammar of web addresses in all scripts that nobody
# asks about here: 2.5 s for each process. Without it, jsonschema leaves that one format out. (That
# is why pyproject.toml keeps pytest from importing nbval before this is read.)
modules: dict[str, Any] = sys.modules
modules.setdefault("rfc3987_syntax", None)

pytest_plugins = ("nbval.plugin", "tests.notebooks.gate")
