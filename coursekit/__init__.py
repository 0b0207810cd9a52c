"""Definitions, experiments, figures and exercise checkers for the course's notebooks.

The modules stand on three floors, and each imports only from the floors below:

* ``data``, ``losses``, ``surfaces``, ``optim``, ``schedules``, ``penalties``, ``autodiff`` define
  things;
* ``descent``, ``training``, ``bias_variance``, ``linear_models`` run them;
* ``plots``, ``check``, ``labs``, ``source`` show and judge what the others made; ``notebook``
  sets up a chapter.

Importing the package draws nothing, seeds nothing and changes no global setting. A module is loaded
when it is first named, so a chapter pays only for the imports it uses.
"""

from importlib import import_module
from types import ModuleType

__all__ = [
    "autodiff",
    "bias_variance",
    "check",
    "data",
    "descent",
    "labs",
    "linear_models",
    "losses",
    "notebook",
    "optim",
    "penalties",
    "plots",
    "schedules",
    "source",
    "surfaces",
    "training",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"coursekit.{name}")
    raise AttributeError(f"module 'coursekit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
