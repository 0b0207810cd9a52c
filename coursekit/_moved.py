"""Public names that have moved: for one version the old one still works, and says where to look."""

import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

MOVED = {
    "bias_variance.knn": "bias_variance.fit_knn",
    "bias_variance.polynomial": "bias_variance.fit_polynomial",
    "bias_variance.random_features": "bias_variance.fit_random_features",
    "penalties.LassoFit": "linear_models.LassoFit",
    "penalties.LinearFit": "linear_models.LinearFit",
    "penalties.elastic_net_path": "linear_models.fit_elastic_net",
    "penalties.lasso": "linear_models.fit_lasso",
    "penalties.max_strength": "linear_models.max_strength",
    "penalties.ridge": "linear_models.fit_ridge",
    "plots.fit_line": "plots.fitted_line",
    "plots.line": "plots.style",
}
"""Where each old name has gone, both as ``module.name`` of coursekit."""


def forwarder(module: str) -> Callable[[str], Any]:
    """Return a ``__getattr__`` for ``module`` (its ``__name__``) that follows :data:`MOVED`."""

    def follow(name: str) -> object:
        old = f"{module}.{name}"
        new = MOVED.get(old.removeprefix("coursekit."))
        if new is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        home, _, new_name = f"coursekit.{new}".rpartition(".")
        warnings.warn(
            f"{old} is now {home}.{new_name}; the old name goes with the next version",
            DeprecationWarning,
            stacklevel=2,
        )
        return getattr(import_module(home), new_name)

    return follow
