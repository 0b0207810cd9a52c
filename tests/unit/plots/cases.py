"""What several tests of figures share."""

from typing import Any

import numpy as np
from matplotlib.colors import to_rgb

from coursekit.descent import descend
from coursekit.optim import SGD
from coursekit.surfaces import get


def xy(drawn: Any) -> np.ndarray:
    return np.column_stack(drawn.get_data())


BOWL = get("bowl")

STEPS = descend(BOWL, BOWL.start, SGD(lr=0.1), steps=5)

TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(name: str) -> np.ndarray:
    c = np.array(to_rgb(name))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    x, y, z = TO_XYZ @ np.clip(rgb, 0, 1) / TO_XYZ.sum(1)
    fx, fy, fz = (
        np.cbrt(c) if c > (6 / 29) ** 3 else c / (3 * (6 / 29) ** 2) + 4 / 29 for c in (x, y, z)
    )
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])
