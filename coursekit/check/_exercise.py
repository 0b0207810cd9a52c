"""What an exercise is, and how what a function returned is read.

An exercise is written once, as a reference with switches: ``solve(bugs, ...)`` is right when
``bugs`` is empty, and each key in ``bugs`` changes one thing. A scenario is a generator that yields
calls and is sent what they returned, so that a state can be carried from step to step by whoever
answers. A function is judged by what it returned over all scenarios; whichever variant returned the
same is what it looks like.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from inspect import signature
from numbers import Real
from typing import Any

import torch
from torch import Tensor

from coursekit.check import _sentences as say
from coursekit.check._text import Text
from coursekit.check._words import Mistake, Words, read_words

Bugs = frozenset[str]
Values = tuple[Tensor, ...]


@dataclass(frozen=True)
class Call:
    """One call: where it stands, its arguments by position, and options by name.

    With ``differentiate`` the gradient of the returned value with respect to that argument is
    looked at too.
    """

    where: Text
    arguments: tuple[Any, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    differentiate: int | None = None


Script = Generator[Call, Values, None]


@dataclass(frozen=True)
class Scenario:
    """Calls to be made, for functions that take the options in ``needs``."""

    play: Callable[[], Script]
    needs: tuple[str, ...] = ()


class Unreadable(Exception):  # noqa: N818
    """What came back is not what was asked for; carries the kind of trouble and its sentence."""

    def __init__(self, key: str, sentence: Text) -> None:
        self.key, self.sentence = key, sentence
        super().__init__(key)


Reader = Callable[[Any, "Exercise"], Values]


def read_tensors(returned: Any, exercise: "Exercise") -> Values:
    """Take one tensor, or a tuple or list of as many as asked for."""
    wanted = exercise.returns
    if len(wanted) > 1:
        count = len(returned) if isinstance(returned, tuple | list) else 1
        if isinstance(returned, dict | Tensor) or count != len(wanted):
            raise Unreadable(
                "wrong_count",
                say.WRONG_COUNT.format(
                    wanted=len(wanted), names=", ".join(wanted), got=kind_of(returned)
                ),
            )
    parts = tuple(returned) if len(wanted) > 1 else (returned,)
    for name, part in zip(wanted, parts, strict=True):
        if not isinstance(part, Tensor) or _odd(part):
            raise Unreadable("not_a_tensor", say.NOT_A_TENSOR.format(name=name, got=kind_of(part)))
        if part.is_meta:
            raise Unreadable("no_data", say.NO_DATA.format(name=name))
    return tuple(part.detach().to_dense().cpu().clone() for part in parts)


def read_numbers(returned: Any, exercise: "Exercise") -> Values:
    """Take one real number (a Python number or a tensor of one element), or several."""
    wanted = exercise.returns
    if len(wanted) > 1 and (not isinstance(returned, tuple | list) or len(returned) != len(wanted)):
        raise Unreadable(
            "wrong_count",
            say.WRONG_COUNT.format(
                wanted=len(wanted), names=", ".join(wanted), got=kind_of(returned)
            ),
        )
    parts = tuple(returned) if len(wanted) > 1 else (returned,)
    for name, part in zip(wanted, parts, strict=True):
        one = isinstance(part, Tensor) and not _odd(part) and part.numel() == 1
        if one and part.is_meta:
            raise Unreadable("no_data", say.NO_DATA.format(name=name))
        if isinstance(part, bool) or not (one or isinstance(part, Real)):
            raise Unreadable("not_a_number", say.NOT_A_NUMBER.format(name=name, got=kind_of(part)))
    return tuple(torch.tensor(float(part), dtype=torch.float64) for part in parts)


_NUMBERS = {torch.float64, torch.float32, torch.float16, torch.bfloat16}
_NUMBERS |= {torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8}


def _odd(value: Tensor) -> Text | None:
    """Say what kind of tensor ``value`` is, if it is none whose entries are real numbers."""
    if value.dtype == torch.bool:
        return Text("a tensor of True and False", "布尔张量")
    if value.is_complex():
        return Text("a complex tensor", "复数张量")
    if value.is_nested:
        return Text("a nested tensor", "嵌套张量")
    if value.dtype in _NUMBERS:
        return None
    return Text("a tensor of {dtype}", "dtype 为 {dtype} 的张量").format(dtype=value.dtype)


def kind_of(value: object) -> Text:
    """Say what kind of thing ``value`` is, without asking the thing itself."""
    if isinstance(value, tuple | list):
        kind, names = type(value).__name__, getattr(type(value), "__match_args__", ())
        told = Text(f"a {kind} of {len(value)}", f"含 {len(value)} 项的 {kind}")
        if not names:
            return told
        fields = Text.listed([f"`{name}`" for name in names])
        return Text("{told}: {fields}", "{told}：{fields}").format(told=told, fields=fields)
    if isinstance(value, Tensor):
        return _odd(value) or Text("one tensor", "单个张量")
    name = type(value).__name__
    return Text(f"a value of type {name}", f"类型为 {name} 的值")


def call_plainly(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Make the one call that is asked for."""
    return function(*arguments, **options)


@dataclass(frozen=True)
class Exercise:
    """What is asked for, how it is tried, and the mistakes that are known.

    Attributes
    ----------
    name
        The public checker's name.
    parameters
        The names of the positional parameters, in order.
    returns
        The names of what is returned, in order.
    solve
        The reference with switches: ``solve(bugs, *arguments, **options)``.
    scenarios
        What is tried, the telling cases first.
    read
        Turns what a function returned into tensors.
    options
        Names of optional parameters that are tried if the function has them.
    spellings
        Switches that change nothing by themselves: other right ways of writing the answer, in which
        a mistake spreads further.
    ask
        How the function is called, where one plain call is not enough.
    measured
        Whether a ratio of what is returned to what is expected means anything.
    given_back
        What the documentation says is returned, where that is not ``returns``.
    equation
        What is to be computed, in LaTeX.
    """

    name: str
    parameters: tuple[str, ...]
    returns: tuple[str, ...]
    solve: Callable[..., Any]
    scenarios: Sequence[Scenario]
    read: Reader = read_tensors
    options: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()
    ask: Callable[..., Any] = call_plainly
    measured: bool = True
    given_back: str = ""
    equation: str = ""

    @cached_property
    def words(self) -> Words:
        """What learners read of it, in both languages; read from its file when first asked for."""
        return read_words(self.name)

    @cached_property
    def kept(self) -> dict[Any, Any]:
        """What its variants were seen to do, so that they are played once a session."""
        return {}

    @property
    def mistakes(self) -> Sequence[Mistake]:
        """The catalogue; earlier entries win where two look alike."""
        return self.words.mistakes

    @property
    def facts(self) -> Mapping[str, Text]:
        """What stands for true or false among ``returns``, by name, in words."""
        return self.words.facts

    def variant(self, *bugs: str) -> Callable[..., Any]:
        """Return the reference with these mistakes in it (with none: the reference)."""
        known = {mistake.key for mistake in self.mistakes} | set(self.spellings)
        unknown = set(bugs) - known
        if unknown:
            raise ValueError(f"bugs must be among {sorted(known)}, got {sorted(unknown)}")
        switched = frozenset(bugs)

        def variant(*arguments: Any, **options: Any) -> Any:
            return self.solve(switched, *arguments, **options)

        own = signature(self.solve)
        variant.__signature__ = own.replace(  # type: ignore[attr-defined]
            parameters=list(own.parameters.values())[1:]
        )
        return variant

    @property
    def signature(self) -> str:
        """The call that is made, in words: ``(theta, grad, lr)``."""
        optional = [f"{name}=..." for name in self.options]
        return f"({', '.join([*self.parameters, *optional])})"

    @property
    def asked(self) -> str:
        """What the learner's function takes and returns: ``(theta, grad, lr) -> theta``."""
        given_back = ", ".join(self.returns)
        if len(self.returns) > 1:
            given_back = f"({given_back})"
        return f"({', '.join(self.parameters)}) -> {self.given_back or given_back}"
