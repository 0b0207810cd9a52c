"""Real sets that scikit-learn brings along, as frames."""

from __future__ import annotations

from importlib.metadata import distribution
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["breast_cancer", "diabetes", "digits", "iris", "wine"]


def diabetes() -> pd.DataFrame:
    """Return the progression of diabetes in 442 patients, with ten measurements at baseline.

    Returns
    -------
    pandas.DataFrame
        442 rows. Measurements are unscaled, as recorded:

        ================  ====================================================
        ``age``           years
        ``sex``           1 or 2 (the source does not say which is which)
        ``bmi``           body mass index, kg/m²
        ``bp``            mean arterial blood pressure, mm Hg
        ``tc``            total serum cholesterol, mg/dl
        ``ldl``           low-density lipoproteins, mg/dl
        ``hdl``           high-density lipoproteins, mg/dl
        ``tch``           total cholesterol over hdl, no unit
        ``ltg``           logarithm of serum triglycerides, probably
        ``glu``           blood sugar, mg/dl
        ``progression``   target: disease progression a year later, no unit
        ================  ====================================================

    Notes
    -----
    Efron, Hastie, Johnstone and Tibshirani (2004), "Least Angle Regression", Annals of Statistics
    32(2), 407-499; bundled with scikit-learn, where ``tc`` to ``glu`` are called ``s1`` to ``s6``.
    The source gives no units for blood pressure and serum values: the ones above are what their
    ranges agree with.

    Examples
    --------
    >>> diabetes().shape
    (442, 11)
    """
    from sklearn.datasets import load_diabetes

    serum = {"s1": "tc", "s2": "ldl", "s3": "hdl", "s4": "tch", "s5": "ltg", "s6": "glu"}
    frame = load_diabetes(as_frame=True, scaled=False).frame
    return cast("pd.DataFrame", frame.rename(columns={**serum, "target": "progression"}))


def digits() -> pd.DataFrame:
    """Return 1,797 handwritten digits, 8 by 8 pixels each.

    Returns
    -------
    pandas.DataFrame
        1,797 rows: ``pixel_0_0`` to ``pixel_7_7`` (row, column), the count of inked cells in a
        4 by 4 block of the scanned 32 by 32 bitmap, from 0.0 to 16.0; and ``digit``, 0 to 9.

    Notes
    -----
    Alpaydin and Kaynak (1998), "Optical Recognition of Handwritten Digits", UCI Machine Learning
    Repository: the test part, written by 13 people; bundled with scikit-learn.

    Examples
    --------
    >>> digits().shape
    (1797, 65)
    """
    pixels = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
    return _table("digits.csv.gz", [*pixels, "digit"]).astype(dict.fromkeys(pixels, float))


def iris() -> pd.DataFrame:
    """Return four measurements of 150 iris flowers of three species.

    Returns
    -------
    pandas.DataFrame
        150 rows: ``sepal_length``, ``sepal_width``, ``petal_length``, ``petal_width`` in cm, and
        the categorical ``species``: setosa, versicolor or virginica.

    Notes
    -----
    Fisher (1936), "The use of multiple measurements in taxonomic problems", Annals of Eugenics 7,
    179-188, measured by Anderson; bundled with scikit-learn, whose copy is the paper's.

    Examples
    --------
    >>> iris()["species"].value_counts().to_dict()
    {'setosa': 50, 'versicolor': 50, 'virginica': 50}
    """
    from sklearn.datasets import load_iris

    bunch = load_iris(as_frame=True)
    frame = bunch.frame.rename(columns=lambda name: name.removesuffix(" (cm)").replace(" ", "_"))
    return _with_classes(frame, "species", bunch.target_names.tolist())


def wine() -> pd.DataFrame:
    """Return thirteen chemical measurements of 178 Italian wines from three cultivars.

    Returns
    -------
    pandas.DataFrame
        178 rows: ``alcohol`` (% by volume), ``malic_acid``, ``ash``, ``alcalinity_of_ash``,
        ``magnesium``, ``total_phenols``, ``flavanoids``, ``nonflavanoid_phenols``,
        ``proanthocyanins``, ``color_intensity``, ``hue``, ``od280_od315`` (ratio of the absorbances
        of the diluted wine at 280 and 315 nm), ``proline``, and the categorical ``cultivar``: A, B
        or C. The source gives no units; alcohol's is plain from its range.

    Notes
    -----
    Aeberhard and Forina (1992), "Wine", UCI Machine Learning Repository; bundled with scikit-learn.

    Examples
    --------
    >>> wine()["cultivar"].value_counts().to_dict()
    {'B': 71, 'A': 59, 'C': 48}
    """
    from sklearn.datasets import load_wine

    names = {"od280/od315_of_diluted_wines": "od280_od315"}
    frame = load_wine(as_frame=True).frame.rename(columns=names)
    return _with_classes(frame, "cultivar", ["A", "B", "C"])


def breast_cancer() -> pd.DataFrame:
    """Return thirty measurements of the cell nuclei in 569 breast tumours.

    Returns
    -------
    pandas.DataFrame
        569 rows: ten measurements of a nucleus (``radius``, ``texture``, ``perimeter``, ``area``,
        ``smoothness``, ``compactness``, ``concavity``, ``concave_points``, ``symmetry``,
        ``fractal_dimension``), each as the image's ``mean_``, ``error_`` (standard error of that
        mean) and ``worst_`` (mean of the three largest); and the categorical ``diagnosis``: benign
        (code 0, 357 tumours) or malignant (code 1, 212). Lengths are in the digitised image's
        units, which the source does not convert; texture is the standard deviation of grey values.

    Notes
    -----
    Street, Wolberg and Mangasarian (1993), "Nuclear feature extraction for breast tumor diagnosis",
    SPIE 1905, 861-870 (Wisconsin Diagnostic Breast Cancer, UCI); bundled with scikit-learn, which
    codes malignant as 0: here it is 1, because it is what a test looks for.

    Examples
    --------
    >>> breast_cancer()["diagnosis"].value_counts().to_dict()
    {'benign': 357, 'malignant': 212}
    """
    kinds = ["radius", "texture", "perimeter", "area", "smoothness"]
    kinds += ["compactness", "concavity", "concave_points", "symmetry", "fractal_dimension"]
    measured = [f"{what}_{kind}" for what in ("mean", "error", "worst") for kind in kinds]
    frame = _table("breast_cancer.csv", [*measured, "target"], skiprows=1)
    frame = frame.astype(dict.fromkeys(measured, float))
    return _with_classes(
        frame.assign(target=1 - frame["target"]), "diagnosis", ["benign", "malignant"]
    )


def _table(name: str, columns: list[str], skiprows: int = 0) -> pd.DataFrame:
    """Return a table of scikit-learn's folder, without scikit-learn: it takes a second to load."""
    import pandas as pd

    path = distribution("scikit-learn").locate_file(f"sklearn/datasets/data/{name}")
    return pd.read_csv(str(path), names=columns, skiprows=skiprows)


def _with_classes(frame: pd.DataFrame, name: str, classes: list[str]) -> pd.DataFrame:
    """Return ``frame`` with its integer column ``target`` as the categorical column ``name``."""
    import pandas as pd

    labels = pd.Categorical.from_codes(frame["target"].tolist(), dtype=pd.CategoricalDtype(classes))
    return frame.drop(columns="target").assign(**{name: labels})
