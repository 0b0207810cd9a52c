"""Labs: figures that answer the reader's hand, on the page and in a notebook.

A lab is a small program of its own, in JavaScript, whose every number is held to coursekit's by the
tests. Its state is a few settings; its first state is a figure as any other, and stands where
nothing can be dragged: on paper, without scripts, in a notebook without ``anywidget``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

from coursekit import _require
from coursekit._language import current
from coursekit._shell import shell

__all__ = ["LABS", "Lab", "show"]

WIDGET = "application/vnd.jupyter.widget-view+json"


def _built(name: str) -> str:
    return files("coursekit.labs").joinpath("built", name).read_text(encoding="utf-8")


LABS: Mapping[str, Mapping[str, Mapping[str, Any]]] = json.loads(_built("labs.json"))
"""The settings of each lab, by the lab's name and their own, with what they allow."""


@dataclass(frozen=True)
class Lab:
    """A lab in a state, which a notebook shows: live where it can, else as a still picture.

    Attributes
    ----------
    name
        The lab's name.
    state
        The settings that were given in place of the lab's own.
    language
        ``"en"`` or ``"zh"``.
    """

    name: str
    state: Mapping[str, Any] = field(default_factory=dict)
    language: str = "en"

    def _repr_html_(self) -> str:
        still = _still(self.name, self.language).rstrip("\n")
        return (
            f'<div lang="{self.language}" class="lab" id="lab-{self.name}" data-lab="{self.name}" '
            f'data-state="{escape(_written(self.state))}">{still}</div>'
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if _is_live():
            widget = _widget(self)._repr_mimebundle_()
            parts = widget[0] if isinstance(widget, tuple) else widget
            bundle[WIDGET] = parts[WIDGET]
        return bundle

    def __repr__(self) -> str:
        settings = "".join(f", {key}={value!r}" for key, value in self.state.items())
        return f"labs.show({self.name!r}{settings})"


def show(name: str, **state: Any) -> Lab:
    """Return a lab; a notebook shows it when it is a cell's last expression.

    In JupyterLab, VS Code and Colab it is live where ``anywidget`` is installed
    (``pip install "coursekit[lab]"``); elsewhere its first state stands as a picture, and on the
    course's page the page brings it to life. It speaks the language of
    :func:`coursekit.notebook.setup`.

    Parameters
    ----------
    name
        A name in :data:`LABS`.
    **state
        Settings that the lab starts with in place of its own: numbers between the setting's ends,
        one of its choices, True or False. :data:`LABS` lists them.

    Returns
    -------
    Lab
        The lab, ready to be shown.

    Raises
    ------
    TypeError, ValueError
        If there is no such lab or setting, or a setting does not allow the value.

    Examples
    --------
    >>> show("momentum-plane", beta=0.5)
    labs.show('momentum-plane', beta=0.5)
    >>> show("momentum-plane", beta=2)
    Traceback (most recent call last):
        ...
    ValueError: beta must be in [0, 0.99], got 2
    """
    settings = LABS[_require.choice("name", name, LABS)]
    for key, value in state.items():
        setting = settings[_require.choice("the setting", key, settings)]
        if "choices" in setting:
            if isinstance(value, bool) or value not in setting["choices"]:
                raise ValueError(f"{key} must be one of {setting['choices']}, got {value!r}")
            state[key] = setting["choices"][setting["choices"].index(value)]
        elif isinstance(setting["value"], bool):
            _require.boolean(key, value)
        else:  # NumPy's numbers become Python's: JSON knows no others
            state[key] = _require.real(key, value, low=setting["min"], high=setting["max"])
    return Lab(name, state, current())


@cache
def _still(name: str, spoken: str) -> str:
    """Return what stands inside a lab before it is moved, as HTML."""
    return _built(f"{name}.{spoken}.html")


def _written(state: Mapping[str, Any]) -> str:
    """Return settings as an address has them: ``eta:1.9,noise:true``."""
    parts = (
        f"{key}:{str(value).lower() if isinstance(value, bool) else value}"
        for key, value in state.items()
    )
    return ",".join(parts)


def _is_live() -> bool:
    """Tell whether a notebook's kernel runs this, and can mount a lab."""
    return find_spec("anywidget") is not None and shell() is not None


def _widget(shown: Lab) -> Any:
    """Return a widget that mounts the bundle which the page mounts."""
    import anywidget
    import traitlets

    # One after the other, the engine and the lab are a module; that exports what the lab made.
    module = (
        f"{_built('labs.js')}\n{_built(f'lab-{shown.name}.js')}\nexport default courseLab.default;"
    )
    parts = {
        "_esm": module,
        "_css": _built("labs.css"),
        "state": traitlets.Dict().tag(sync=True),
        "language": traitlets.Unicode().tag(sync=True),
    }
    widget: Any = type("LabWidget", (anywidget.AnyWidget,), parts)
    return widget(state=dict(shown.state), language=shown.language)
