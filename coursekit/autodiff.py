r"""Reverse-mode differentiation of scalars and arrays: a tape, and a walk back along it.

Every operation on a :class:`Var` computes a value and keeps, for each of its arguments, the *pull*:
the function that turns the derivative of a loss by the result, :math:`\bar y = \partial L /
\partial y`, into its contribution to the derivative by the argument,

.. math:: \bar x \mathrel{+}= \bar y\, \frac{\partial y}{\partial x} .

:meth:`Var.backward` starts at the loss with :math:`\bar L = 1` and goes through everything the loss
was made from, latest first, so that each derivative is complete before it is handed on.

Values are torch tensors, but ``torch.autograd`` has no part in it; the tests compare the two.

Source: Baydin, Pearlmutter, Radul and Siskind (2018), *Automatic differentiation in machine
learning: a survey*, Journal of Machine Learning Research 18(153), section 3.2.

Examples
--------
>>> x, w = Var(3.0), Var(2.0)
>>> (x * w + x).backward()
>>> x.grad, w.grad
(tensor(3.), tensor(3.))
"""

from collections.abc import Callable, Iterable
from itertools import count
from math import prod

import torch
from torch import Tensor

from coursekit import _require

__all__ = ["Var"]

Pull = Callable[[Tensor], Tensor]
_number = count()


class Var:
    r"""A value, what it was made from, and, after :meth:`backward`, a loss's derivative by it.

    Operators broadcast as torch's do; the other operand may be a finite number, or a tensor of the
    same dtype and on the same device, either of which counts as a constant. No operation changes a
    value, and a value must not be changed in place afterwards: the pulls read it.

    Parameters
    ----------
    value
        A finite number, which becomes a scalar of the default dtype, or a tensor of float32 or
        float64 of any shape, in which infinity and NaN are computed with like any number.
    parents
        The arguments that the value was computed from, each with its pull: a function that takes
        the derivative by ``value``, of its shape, and returns the contribution to the derivative by
        the argument, of a shape that the argument's broadcasts to. None for an input.

    Attributes
    ----------
    value : Tensor
        The value.
    parents : tuple
        As given.
    grad : Tensor or None
        The sum of the derivatives that the calls of :meth:`backward` have left here, shaped as
        ``value``; None before the first. Unlike in torch every Var keeps its own, not inputs alone.
    number : int
        Its place on the tape: larger than that of anything it was made from.

    Raises
    ------
    TypeError
        If ``value`` is neither a number nor a tensor of float32 or float64, or a parent no Var
        with a function.
    ValueError
        If ``value`` is a number that is not finite, or requires grad, which is to say that it is on
        torch's tape.

    Examples
    --------
    >>> a = Var(torch.tensor([1.0, 2.0]))
    >>> ((a + 1) ** 2).sum().backward()
    >>> a.grad
    tensor([4., 6.])
    """

    def __init__(self, value: Tensor | float, parents: Iterable[tuple["Var", Pull]] = ()) -> None:
        self.value, self.parents = _checked(value, parents)
        self.grad: Tensor | None = None
        self.number = next(_number)

    def __add__(self, other: "Var | Tensor | float") -> "Var":
        """Sum: each argument gets the derivative as it is."""
        b = _operand(self, other)
        return Var(self.value + b.value, [(self, lambda g: g), (b, lambda g: g)])

    def __mul__(self, other: "Var | Tensor | float") -> "Var":
        """Product: each argument gets it times the other one."""
        b = _operand(self, other)
        return Var(
            self.value * b.value, [(self, lambda g: g * b.value), (b, lambda g: g * self.value)]
        )

    def __pow__(self, n: float) -> "Var":
        """Power with a constant exponent."""
        n = _require.real("n", n)
        slope = n * self.value ** (n - 1) if n else torch.zeros_like(self.value)
        return Var(self.value**n, [(self, lambda g: g * slope)])

    def __matmul__(self, other: "Var | Tensor") -> "Var":
        """Matrix product of arguments of at least two dimensions."""
        b = _operand(self, other, matrices=True)
        return Var(
            self.value @ b.value,
            [(self, lambda g: g @ b.value.mT), (b, lambda g: self.value.mT @ g)],
        )

    def __neg__(self) -> "Var":
        """Minus."""
        return self * -1

    def __sub__(self, other: "Var | Tensor | float") -> "Var":
        """Difference."""
        return self + -_operand(self, other)

    def __truediv__(self, other: "Var | Tensor | float") -> "Var":
        """Quotient: the product with the other one's reciprocal."""
        return self * _operand(self, other) ** -1

    def __radd__(self, other: Tensor | float) -> "Var":
        """Sum with a constant on the left."""
        return self + other

    def __rmul__(self, other: Tensor | float) -> "Var":
        """Product with a constant on the left."""
        return self * other

    def __rsub__(self, other: Tensor | float) -> "Var":
        """Difference from a constant."""
        return -self + other

    def __rtruediv__(self, other: Tensor | float) -> "Var":
        """Quotient of a constant."""
        return self**-1 * other

    def __rmatmul__(self, other: Tensor) -> "Var":
        """Matrix product with a constant on the left."""
        return Var(_require.tensor("other", other)) @ self

    def exp(self) -> "Var":
        """Exponential."""
        y = self.value.exp()
        return Var(y, [(self, lambda g: g * y)])

    def log(self) -> "Var":
        """Natural logarithm."""
        return Var(self.value.log(), [(self, lambda g: g / self.value)])

    def tanh(self) -> "Var":
        """Hyperbolic tangent."""
        y = self.value.tanh()
        return Var(y, [(self, lambda g: g * (1 - y**2))])

    def relu(self) -> "Var":
        """Positive part; at zero the slope counts as zero, as in torch."""
        # Not a product with 0: what comes back from a root or a logarithm of 0 is infinite.
        return Var(self.value.relu(), [(self, lambda g: g.masked_fill(self.value <= 0, 0))])

    def sum(self, dim: int | tuple[int, ...] | None = None, keepdim: bool = False) -> "Var":
        """Sum over some dimensions, or over all: every summand gets the sum's derivative.

        Parameters
        ----------
        dim
            One dimension or several; all if None.
        keepdim
            Whether the dimensions stay, with one entry.

        Returns
        -------
        Var
            The sum.

        Raises
        ------
        TypeError, ValueError
            If ``dim`` names no dimension, or one twice, or ``keepdim`` is no bool.
        """
        dims = _dims(self.value, dim, keepdim)
        kept = self.value.sum(dims, keepdim=True)
        y = kept if keepdim else self.value.sum(dims)
        return Var(y, [(self, lambda g: g.reshape(kept.shape).expand_as(self.value))])

    def mean(self, dim: int | tuple[int, ...] | None = None, keepdim: bool = False) -> "Var":
        """Mean over some dimensions, or over all; arguments and errors as in :meth:`sum`.

        Of no entries there is none: ZeroDivisionError.
        """
        dims = _dims(self.value, dim, keepdim)
        return self.sum(dim, keepdim) * (1 / prod(self.value.shape[d] for d in dims))

    @property
    def mT(self) -> "Var":  # noqa: N802 - torch's name
        """The transpose of the last two dimensions; ValueError if there are fewer."""
        _require.tensor("value", self.value, min_dims=2, empty=True)
        return Var(self.value.mT, [(self, lambda g: g.mT)])

    def tape(self) -> list["Var"]:
        """Return everything that this was made from, itself first and each before its parents.

        Returns
        -------
        list of Var
            Each once, by falling ``number``.
        """
        seen, todo = {self}, [self]
        while todo:
            new = {parent for parent, _ in todo.pop().parents} - seen
            seen |= new
            todo += new
        return sorted(seen, key=lambda var: -var.number)

    def backward(self) -> None:
        """Add the derivatives of this number to ``grad`` of everything it was made from.

        Raises
        ------
        ValueError
            If this is more than one number.
        """
        bar = {self: torch.ones_like(_single(self.value))}
        for y in self.tape():
            y.grad = bar[y].clone() if y.grad is None else y.grad + bar[y]
            for x, pull in y.parents:
                # Where x was broadcast, one number of x made several: their derivatives add up.
                part = pull(bar[y]).sum_to_size(x.value.shape)
                bar[x] = bar[x] + part if x in bar else part

    def __repr__(self) -> str:
        """Return the value, as code."""
        numbers = str(self.value.tolist())
        shown = numbers if len(numbers) <= 60 else f"<shape {tuple(self.value.shape)}>"
        return f"Var({shown})"


# Of `array * var` NumPy would make an array of Vars: it is to leave the operator to Var.
Var.__array_ufunc__ = None  # type: ignore[attr-defined]


def _checked(value: object, parents: object) -> tuple[Tensor, tuple[tuple[Var, Pull], ...]]:
    """Return a Var's value as a tensor, and its parents; raise what Var promises."""
    if not isinstance(value, Tensor):
        value = torch.tensor(_require.real("value", value), dtype=torch.get_default_dtype())
    _require.parameters("value", value)
    if value.requires_grad:
        raise ValueError("value must not require grad (it is on torch's tape): detach it first")
    if not isinstance(parents, Iterable):
        raise TypeError(f"parents must be pairs of a Var and a function, got {parents!r}")
    pairs = tuple(parents)
    for pair in pairs:
        whole = isinstance(pair, tuple) and len(pair) == 2
        if not (whole and isinstance(pair[0], Var) and callable(pair[1])):
            raise TypeError(f"parents must be pairs of a Var and a function, got {pair!r}")
    return value, pairs


def _single(value: Tensor) -> Tensor:
    """Return the value of what is differentiated, one number."""
    if value.numel() != 1:
        raise ValueError(
            f"backward needs one number, got a value of shape {tuple(value.shape)}: "
            "take its sum or mean first"
        )
    return value


def _operand(first: Var, other: object, *, matrices: bool = False) -> Var:
    """Return the other operand as a Var that goes with the first."""
    a = first.value
    if isinstance(other, Var | Tensor):
        b = other if isinstance(other, Var) else Var(other)
        _require.alike(
            "the first operand", a, "other", b.value, whats=("dtype", "device"), empty=True
        )
    elif matrices:
        raise TypeError(f"other must be a Var or a tensor, got {other!r}")
    else:
        b = Var(torch.tensor(_require.real("other", other), dtype=a.dtype, device=a.device))
    if matrices:
        if a.ndim < 2 or b.value.ndim < 2 or a.shape[-1] != b.value.shape[-2]:
            raise ValueError(
                "a matrix product needs shapes (..., m, k) and (..., k, n), "
                f"got {tuple(a.shape)} and {tuple(b.value.shape)}"
            )
        leading = b.value.new_empty(b.value.shape[:-2])
        _require.shapes_broadcast(
            "other", leading, "the first operand's leading dimensions", a.shape[:-2]
        )
    else:
        _require.shapes_broadcast("other", b.value, "the first operand", a.shape)
    return b


def _dims(value: Tensor, dim: object, keepdim: object) -> tuple[int, ...]:
    """Return the dimensions to reduce, counted from the front."""
    _require.boolean("keepdim", keepdim)
    n = value.ndim
    if dim is None:
        return tuple(range(n))
    given = dim if isinstance(dim, tuple) else (dim,)
    if n == 0 or not given:
        raise ValueError(f"dim must name a dimension of shape {tuple(value.shape)}, got {dim!r}")
    dims = tuple(_require.integer("dim", d, low=-n, high=n - 1) % n for d in given)
    if len(set(dims)) < len(dims):
        raise ValueError(f"dim must name each dimension once, got {dim!r}")
    return dims
