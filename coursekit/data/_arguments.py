"""What frames are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coursekit import _require

if TYPE_CHECKING:
    import pandas as pd


def checked_frame(name: str, value: object, *, or_else: str = "") -> pd.DataFrame:
    """Return ``value``, a frame with rows; ``or_else`` says what else it might have been."""
    import pandas as pd

    if not isinstance(value, pd.DataFrame):
        raise TypeError(f"{name} must be {or_else}a pandas.DataFrame, got {type(value).__name__}")
    if len(value) == 0:
        raise ValueError(f"{name} must have at least one row, got none")
    return value


def numeric(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    for column in frame.columns:
        kind = frame[column].dtype
        if not pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_complex_dtype(kind):
            raise TypeError(
                f"{name} must hold numbers, got dtype {frame[column].dtype} in column {column!r}"
            )
    return frame


def checked_column(name: str, value: object, frame: pd.DataFrame) -> str | int:
    """Return ``value``, the label of a column: a string, or an integer where nobody named them."""
    columns: list[object] = list(frame.columns)
    if all(isinstance(column, str) for column in columns):
        _require.choice(name, value, map(str, columns))
    if not isinstance(value, str):
        value = _require.integer(name, value)
    if columns.count(value) != 1:
        raise ValueError(f"{name} must be the label of one column of {columns}, got {value!r}")
    return value
