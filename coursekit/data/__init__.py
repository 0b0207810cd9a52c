"""Data sets: drawn from a seed, or bundled with scikit-learn. Nothing downloads.

Every generator returns :class:`Samples`, whose shapes follow one convention:

==============================  ==============  ==========
what was asked for              ``x``           ``y``
==============================  ==============  ==========
one feature                     ``(n,)``        ``(n,)``
``d`` features                  ``(n, d)``      ``(n,)``
``datasets=m``, one feature     ``(m, n)``      ``(m, n)``
``datasets=m``, ``d`` features  ``(m, n, d)``   ``(m, n)``
==============================  ==============  ==========

A real-valued ``y`` has the dtype of ``x``; a ``y`` that names classes is ``int64``. Each generator
draws from a ``torch.Generator`` of its own, on the CPU: a seed means the same numbers on every
device, and the global random state is neither read nor moved.
"""

from coursekit.data.batching import minibatches
from coursekit.data.bundled import breast_cancer, diabetes, digits, iris, wine
from coursekit.data.frames import tensors
from coursekit.data.samples import Samples
from coursekit.data.splitting import split, standardize
from coursekit.data.synthetic import (
    blobs,
    curve,
    line,
    linear,
    logistic,
    moons,
    sine,
    sparse,
    spirals,
)

__all__ = [
    "Samples",
    "blobs",
    "breast_cancer",
    "curve",
    "diabetes",
    "digits",
    "iris",
    "line",
    "linear",
    "logistic",
    "minibatches",
    "moons",
    "sine",
    "sparse",
    "spirals",
    "split",
    "standardize",
    "tensors",
    "wine",
]
