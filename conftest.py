"""Make every notebook a test, wherever pytest finds one; one thread a process, no windows."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when numpy and torch are first imported
os.environ.setdefault("MPLBACKEND", "Agg")

pytest_plugins = ("tools.gate.plugin", "tools.sharing")
