"""Inputs that the exercises share."""

import torch
from torch import Tensor

from coursekit.check._engine import Mistake
from coursekit.check._text import Text


def tensor(*values: object, dtype: torch.dtype = torch.float64) -> Tensor:
    """Return a tensor of these values; float64 unless told."""
    return torch.tensor(values, dtype=dtype)


def mistake(key: str, en: str, zh: str, hint_en: str, hint_zh: str, error: str = "") -> Mistake:
    """Write down a mistake: its key, what it is called, and a hint, both in both languages."""
    return Mistake(key, Text(en, zh), Text(hint_en, hint_zh), error)


def step_of(number: int) -> Text:
    """Return the name of the step ``number``, counted from one."""
    return Text("step {n}", "第 {n} 步").format(n=number)


def case_of(number: int) -> Text:
    """Return the name of the call ``number``, counted from one."""
    return Text("case {n}", "第 {n} 例").format(n=number)
