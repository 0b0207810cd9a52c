"""What several tests of data share."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from coursekit import data

CENTERS = [[0.0, 0.0, 5.0], [1.0, 2.0, 3.0]]

GENERATORS: dict[Callable[..., data.Samples], dict[str, Any]] = {
    data.curve: {"function": torch.sin, "noise": 0.5, "low": -1.0, "high": 2.0},
    data.line: {"slope": 2.0, "intercept": -3.0, "noise": 0.5, "low": -1.0, "high": 2.0},
    data.sine: {"noise": 0.5, "low": 0.0, "high": 2.0, "amplitude": 3.0, "frequency": 0.5},
    data.linear: {"weights": [1.0, -2.0, 0.5], "noise": 0.5, "intercept": 1.0, "correlation": 0.3},
    data.sparse: {"weights": [1.0, -2.0, 0.5, 4.0], "active": 2, "noise": 0.5, "rarity": 1.0},
    data.logistic: {"weights": [1.0, -2.0], "intercept": 0.5, "correlation": 0.3},
    data.blobs: {"centers": CENTERS, "spread": 0.5},
    data.moons: {"noise": 0.1},
    data.spirals: {"noise": 0.1, "classes": 3, "turns": 1.5},
}

FEATURES = {
    data.linear: 3,
    data.sparse: 4,
    data.logistic: 2,
    data.blobs: 3,
    data.moons: 2,
    data.spirals: 2,
}

each_generator = pytest.mark.parametrize("make", GENERATORS, ids=lambda make: make.__name__)
