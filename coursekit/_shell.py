"""Whether a notebook runs this."""

from importlib.util import find_spec


def shell() -> object | None:
    """Return the notebook's shell, or None where no notebook is."""
    if find_spec("IPython") is None:
        return None
    from IPython.core.getipython import get_ipython

    found = get_ipython()
    return found if found is not None and hasattr(found, "kernel") else None
