"""The looks of the course's characters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from coursekit import _require
from coursekit._language import spoken

__all__ = ["PALETTE", "Look", "color", "style"]


class Look(NamedTuple):
    """How one character of the course is named and drawn."""

    label: str
    color: str
    linestyle: Any
    marker: str


_DASHED, _DOTTED = (0, (5, 1.6)), (0, (4, 1.2, 1, 1.2))


_CHINESE = {
    "momentum": "动量",
    "data": "数据",
    "fit": "拟合",
    "truth": "真值",
    "theory": "理论",
    "train": "训练",
    "validation": "验证",
    "test": "测试",
    "batch": "全批量",
    "mini-batch": "小批量",
    "stochastic": "逐个样本",
    "bias": "偏差²",
    "variance": "方差",
    "noise": "噪声",
    "error": "误差",
}


class _Palette(Mapping[str, Look]):
    """Looks by name; their labels are in the language in force when they are asked for."""

    def __init__(self, looks: dict[str, Look]) -> None:
        self._looks = looks

    def __getitem__(self, name: str) -> Look:
        look = self._looks[name]
        return look._replace(label=spoken(look.label, _CHINESE.get(name, look.label)))

    def __iter__(self) -> Iterator[str]:
        return iter(self._looks)

    def __len__(self) -> int:
        return len(self._looks)


PALETTE: Mapping[str, Look] = _Palette(
    {
        # Update rules: solid for the four main ones, each one's relatives dashed and dotted.
        "sgd": Look("SGD", "#1B5FAA", "-", "o"),
        "momentum": Look("momentum", "#DA7008", "-", "s"),
        "rmsprop": Look("RMSprop", "#14866D", "-", "^"),
        "adam": Look("Adam", "#8B1A4F", "-", "D"),
        "nesterov": Look("Nesterov", "#9C4A00", _DASHED, "s"),
        "adagrad": Look("Adagrad", "#4B3B8F", _DASHED, "v"),
        "adamw": Look("AdamW", "#D4588C", _DASHED, "D"),
        "adadelta": Look("Adadelta", "#2F6B4F", _DOTTED, "^"),
        "amsgrad": Look("AMSGrad", "#B05CB0", _DOTTED, "D"),
        # What came after Adam.
        "adamax": Look("Adamax", "#6A3FA0", _DASHED, "D"),
        "nadam": Look("NAdam", "#B0506A", _DASHED, "D"),
        "radam": Look("RAdam", "#A84A1B", _DOTTED, "D"),
        "lion": Look("Lion", "#0F7F8C", "-", "P"),
        "adafactor": Look("Adafactor", "#7D8F20", _DASHED, "^"),
        "shampoo": Look("Shampoo", "#0B3C5D", _DASHED, "v"),
        "muon": Look("Muon", "#143F33", "-", "X"),
        "schedule-free": Look("schedule-free", "#0A3F4A", _DOTTED, "o"),
        # What is measured, and what it is held against.
        "data": Look("data", "#6F8196", "-", "o"),
        "fit": Look("fit", "#B23A0A", "-", "o"),
        "truth": Look("truth", "#1A1A1A", _DASHED, "*"),
        "theory": Look("theory", "#1A1A1A", "-", "_"),
        # The three sets.
        "train": Look("training", "#2B6CB0", "-", "o"),
        "validation": Look("validation", "#D9730D", _DASHED, "s"),
        "test": Look("test", "#6B2C6B", _DOTTED, "^"),
        # Batch regimes.
        "batch": Look("full batch", "#3A2466", "-", "o"),
        "mini-batch": Look("mini-batch", "#14866D", _DASHED, "s"),
        "stochastic": Look("one at a time", "#C97A1E", "-", "."),
        # The parts of an error.
        "bias": Look("bias²", "#1B5FAA", "-", "o"),
        "variance": Look("variance", "#DA7008", _DASHED, "s"),
        "noise": Look("noise", "#6B7480", _DOTTED, "^"),
        "error": Look("error", "#3A2466", "-", "D"),
    }
)
"""The looks of the course's characters, by name; their labels are in the language in force."""


def color(method: str) -> str:
    """Return the colour that ``method`` has in every chapter, as ``#RRGGBB``.

    Parameters
    ----------
    method
        A name in :data:`PALETTE`.

    Returns
    -------
    str
        The colour.

    Raises
    ------
    TypeError, ValueError
        If ``method`` is not a name in :data:`PALETTE`.

    Examples
    --------
    >>> color("adam")
    '#8B1A4F'
    """
    return PALETTE[_require.choice("method", method, PALETTE)].color


def style(method: str) -> dict[str, Any]:
    """Return ``color``, ``linestyle`` and ``label`` of ``method``, as keywords for ``ax.plot``.

    Parameters
    ----------
    method
        A name in :data:`PALETTE`.

    Returns
    -------
    dict
        Ready to be unpacked: ``ax.plot(x, y, **style("sgd"))``.

    Raises
    ------
    TypeError, ValueError
        If ``method`` is not a name in :data:`PALETTE`.

    Examples
    --------
    >>> style("sgd")
    {'color': '#1B5FAA', 'linestyle': '-', 'label': 'SGD'}
    """
    look = PALETTE[_require.choice("method", method, PALETTE)]
    return {"color": look.color, "linestyle": look.linestyle, "label": look.label}
