"""Bundled sets: their numbers and the names of their columns."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import sklearn.datasets

from coursekit import data

BUNDLED = (
    data.diabetes,
    data.digits,
    data.iris,
    data.wine,
    data.breast_cancer,
)


@pytest.mark.parametrize("load", BUNDLED, ids=lambda load: load.__name__)
def test_bundled_numbers_are_scikit_learns(load: Callable[[], pd.DataFrame]) -> None:
    kwargs = {"scaled": False} if load is data.diabetes else {}
    bunch = getattr(sklearn.datasets, f"load_{load.__name__}")(**kwargs)
    frame = load()
    classes = {data.iris: "species", data.wine: "cultivar", data.breast_cancer: "diagnosis"}
    target = classes.get(load, frame.columns[-1])
    np.testing.assert_array_equal(frame.drop(columns=target), bunch.data)
    codes = frame[target].cat.codes if load in classes else frame[target]
    expected = 1 - bunch.target if load is data.breast_cancer else bunch.target
    np.testing.assert_array_equal(codes, expected)


@pytest.mark.parametrize("load", BUNDLED, ids=lambda load: load.__name__)
def test_the_docstring_names_every_column(load: Callable[[], pd.DataFrame]) -> None:
    text = load.__doc__ or ""
    for column in load().columns:
        assert column.isidentifier()
        stem = column.removeprefix("mean_").removeprefix("error_").removeprefix("worst_")
        if not column.startswith("pixel_"):
            assert f"``{stem}``" in text, column


def test_columns_are_named_for_what_they_measure() -> None:
    serum = ["tc", "ldl", "hdl", "tch", "ltg", "glu"]
    assert data.diabetes().columns.tolist() == ["age", "sex", "bmi", "bp", *serum, "progression"]


def test_class_names_are_those_of_the_sources() -> None:
    assert data.wine()["cultivar"].cat.categories.tolist() == ["A", "B", "C"]
    assert data.iris()["species"].cat.categories.tolist() == ["setosa", "versicolor", "virginica"]
    frame = data.breast_cancer()
    by_class = frame.groupby("diagnosis", observed=True)["mean_radius"].mean()
    assert by_class["malignant"] > by_class["benign"]
    assert frame["diagnosis"].cat.categories.tolist() == ["benign", "malignant"]
    assert data.digits().columns[[0, 1, 8, 63]].tolist() == [
        "pixel_0_0",
        "pixel_0_1",
        "pixel_1_0",
        "pixel_7_7",
    ]
