"""Play a reader's function, the reference and the known mistakes through the same calls.

An exercise is written once, as a reference with switches: ``solve(bugs, ...)`` is right when
``bugs`` is empty, and each key in ``bugs`` changes one thing. A scenario is a generator that yields
calls and is sent what they returned, so that a state can be carried from step to step by whoever
answers. A function is judged by what it returned over all scenarios; whichever variant returned the
same is what it looks like.
"""

import inspect
import linecache
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from dis import get_instructions
from itertools import combinations
from math import prod
from numbers import Real
from types import CodeType
from typing import Any

import torch
from torch import Tensor

from coursekit.check._guard import Guard, OutOfTime
from coursekit.check._text import Text, current
from coursekit.check._verdict import Evidence, Verdict

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


@dataclass(frozen=True)
class Mistake:
    """One known mistake: a switch of the reference, its name and a hint.

    ``error`` is the exception by which it may show itself, depending on how it is written;
    ``same_as`` names an earlier mistake that returns the same on all inputs, if there is one.
    """

    key: str
    says: Text
    hint: Text
    error: str = ""
    same_as: str | None = None


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
                _WRONG_COUNT.format(
                    wanted=len(wanted), names=", ".join(wanted), got=_kind(returned)
                ),
            )
    parts = tuple(returned) if len(wanted) > 1 else (returned,)
    for name, part in zip(wanted, parts, strict=True):
        if not isinstance(part, Tensor) or part.is_complex():
            raise Unreadable("not_a_tensor", _NOT_A_TENSOR.format(name=name, got=_kind(part)))
    return tuple(part.detach().to_dense().cpu().clone() for part in parts)


def read_numbers(returned: Any, exercise: "Exercise") -> Values:
    """Take one real number (a Python number or a tensor of one element), or several."""
    wanted = exercise.returns
    if len(wanted) > 1 and (not isinstance(returned, tuple | list) or len(returned) != len(wanted)):
        raise Unreadable(
            "wrong_count",
            _WRONG_COUNT.format(wanted=len(wanted), names=", ".join(wanted), got=_kind(returned)),
        )
    parts = tuple(returned) if len(wanted) > 1 else (returned,)
    for name, part in zip(wanted, parts, strict=True):
        one = isinstance(part, Tensor) and part.numel() == 1 and not part.is_complex()
        if isinstance(part, bool) or not (one or isinstance(part, Real)):
            raise Unreadable("not_a_number", _NOT_A_NUMBER.format(name=name, got=_kind(part)))
    return tuple(torch.tensor(float(part), dtype=torch.float64) for part in parts)


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
    mistakes
        The catalogue; earlier entries win where two look alike.
    read
        Turns what a function returned into tensors.
    options
        Names of optional parameters that are tried if the function has them.
    """

    name: str
    parameters: tuple[str, ...]
    returns: tuple[str, ...]
    solve: Callable[..., Any]
    scenarios: Sequence[Scenario]
    mistakes: Sequence[Mistake]
    read: Reader = read_tensors
    options: tuple[str, ...] = ()

    def variant(self, *bugs: str) -> Callable[..., Any]:
        """Return the reference with these mistakes in it (with none: the reference)."""
        known = {mistake.key for mistake in self.mistakes}
        unknown = set(bugs) - known
        if unknown:
            raise ValueError(f"bugs must be among {sorted(known)}, got {sorted(unknown)}")
        switched = frozenset(bugs)
        return lambda *arguments, **options: self.solve(switched, *arguments, **options)

    @property
    def signature(self) -> str:
        """The call that is made, in words: ``(theta, grad, lr)``."""
        optional = [f"{name}=..." for name in self.options]
        return f"({', '.join([*self.parameters, *optional])})"


@dataclass(frozen=True)
class Failure:
    """Why a call gave nothing to compare."""

    key: str
    sentence: Text
    error: str = ""


@dataclass(frozen=True)
class Seen:
    """One call and what it returned, and the argument that it changed in place, if any."""

    call: Call
    values: Values
    changed: str | None = None


@dataclass(frozen=True)
class Trace:
    """All that a function returned, up to the failure that ended it, if one did."""

    seen: tuple[Seen, ...]
    failure: Failure | None = None


# --- comparing ------------------------------------------------------------------------------------

_FINE = (1e-9, 1e-11)  # relative and absolute: float64, whatever the algebra
_COARSE = {torch.float16: (1e-2, 1e-2), torch.bfloat16: (5e-2, 5e-2)}
_SINGLE = (1e-4, 1e-6)  # what float32 anywhere inside leaves


def _close(yours: Tensor, expected: Tensor, tolerance: tuple[float, float] | None = None) -> Tensor:
    relative, absolute = tolerance or _COARSE.get(yours.dtype, _SINGLE)
    return torch.isclose(
        yours.double(), expected.double(), rtol=relative, atol=absolute, equal_nan=True
    )


def _agree(yours: Values, expected: Values, tolerance: tuple[float, float] | None = None) -> bool:
    return all(
        mine.shape == theirs.shape and bool(_close(mine, theirs, tolerance).all())
        for mine, theirs in zip(yours, expected, strict=True)
    )


# --- playing --------------------------------------------------------------------------------------


def _answer(exercise: Exercise, function: Callable[..., Any], call: Call) -> Seen:
    """Make one call on copies of its arguments, and read what it returns."""
    arguments = tuple(_copy(argument) for argument in call.arguments)
    options = {name: _copy(option) for name, option in call.options.items()}
    if call.differentiate is not None:
        arguments[call.differentiate].requires_grad_()
    returned = function(*arguments, **options)
    _refuse_nothing(function, returned)
    values = exercise.read(returned, exercise)
    if call.differentiate is not None:
        if not returned.requires_grad:
            raise Unreadable("detached", _DETACHED)
        total = returned.sum()
        (grad,) = torch.autograd.grad(total, arguments[call.differentiate], allow_unused=True)
        values = (
            *values,
            torch.zeros_like(arguments[call.differentiate]) if grad is None else grad,
        )
    before = (*call.arguments, *call.options.values())
    names = (*exercise.parameters, *call.options)
    after = (*arguments, *options.values())
    changed = [
        name for name, old, new in zip(names, before, after, strict=True) if not _same(old, new)
    ]
    return Seen(call, values, changed[0] if changed else None)


def _copy(argument: Any) -> Any:
    if isinstance(argument, Tensor):
        return argument.detach().clone()
    return deepcopy(argument) if isinstance(argument, list | torch.Generator) else argument


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, Tensor):
        return old.shape == new.shape and bool(torch.equal(old, new.detach()))
    return not isinstance(old, list) or bool(old == new)


def _play(scenarios: Sequence[Scenario], answer: Callable[[Call], Seen]) -> Iterator[Seen]:
    for scenario in scenarios:
        script = scenario.play()
        call = next(script)
        while True:
            seen = answer(call)
            yield seen
            try:
                call = script.send(seen.values[: len(seen.values)])
            except StopIteration:
                break


def _expected(exercise: Exercise, scenarios: Sequence[Scenario]) -> list[Seen]:
    right = exercise.variant()
    return list(_play(scenarios, lambda call: _answer(exercise, right, call)))


def _observe(
    exercise: Exercise,
    scenarios: Sequence[Scenario],
    function: Callable[..., Any],
    expected: Sequence[Seen],
    guard: Guard,
) -> Trace:
    """Play the reader's function until it fails, or returns a shape that nobody can go on with."""
    seen: list[Seen] = []
    asked: list[Call] = []

    def answer(call: Call) -> Seen:
        asked.append(call)
        return guard.run(lambda: _answer(exercise, function, call))

    try:
        for mine, theirs in zip(_play(scenarios, answer), expected, strict=True):
            seen.append(mine)
            if any(a.shape != b.shape for a, b in zip(mine.values, theirs.values, strict=True)):
                break
    except Unreadable as trouble:
        return Trace(tuple(seen), Failure(trouble.key, trouble.sentence))
    except OutOfTime:
        sentence = _ENDLESS.format(call=_in_words(exercise, asked[-1]))
        return Trace(tuple(seen), Failure("endless", sentence))
    except (Exception, SystemExit) as error:
        return Trace(tuple(seen), _raised(function, error, _in_words(exercise, asked[-1])))
    return Trace(tuple(seen))


def _looks_like(
    exercise: Exercise, scenarios: Sequence[Scenario], trace: Trace, bugs: tuple[str, ...]
) -> bool:
    """Say whether the variant with these bugs does what the trace shows, call by call."""
    variant = exercise.variant(*bugs)
    remaining = iter(trace.seen)
    try:
        for theirs in _play(scenarios, lambda call: _answer(exercise, variant, call)):
            mine = next(remaining, None)
            if mine is None:
                return trace.failure is None  # the trace was cut at a wrong shape, all before agree
            if len(mine.values) != len(theirs.values) or not _agree(mine.values, theirs.values):
                return False
    except Unreadable as trouble:
        failure = trace.failure.key if trace.failure else None
        return failure == trouble.key and next(remaining, None) is None
    except Exception as error:
        failure = trace.failure.error if trace.failure else None
        return failure == type(error).__name__ and next(remaining, None) is None
    return trace.failure is None


def _diagnose(
    exercise: Exercise, scenarios: Sequence[Scenario], trace: Trace
) -> tuple[Mistake, ...]:
    """Return the one mistake, or failing that the first two, that the trace looks like."""
    for size in (1, 2):
        for mistakes in combinations(exercise.mistakes, size):
            keys = tuple(mistake.key for mistake in mistakes)
            if _looks_like(exercise, scenarios, trace, keys):
                return mistakes
    return ()


def _behind_error(
    exercise: Exercise, scenarios: Sequence[Scenario], trace: Trace
) -> tuple[Mistake, ...]:
    """Return what explains the exception that ended the trace, if anything does."""
    error = trace.failure.error if trace.failure else ""
    told = tuple(mistake for mistake in exercise.mistakes if mistake.error == error)
    return told[:1] or _diagnose(exercise, scenarios, trace)


# --- judging --------------------------------------------------------------------------------------


def judge(exercise: Exercise, function: Callable[..., Any]) -> Verdict:
    """Return the verdict on a reader's function.

    Raises
    ------
    TypeError
        If ``function`` cannot be called at all.
    """
    if not callable(function):
        raise TypeError(
            f"function must be a function {exercise.signature}, got {_kind(function).en}"
        )
    trouble = _parameter_trouble(exercise, function)
    if trouble is not None:
        return _failed(exercise, trouble.key, trouble.sentence)
    taken = _options_taken(exercise, function)
    scenarios = [scene for scene in exercise.scenarios if set(scene.needs) <= taken]
    expected = _expected(exercise, scenarios)
    with Guard() as guard:
        trace = _observe(exercise, scenarios, function, expected, guard)
    return _verdict(exercise, scenarios, expected, trace, taken, guard.heard.words)


def _verdict(
    exercise: Exercise,
    scenarios: Sequence[Scenario],
    expected: Sequence[Seen],
    trace: Trace,
    taken: set[str],
    printed: str,
) -> Verdict:
    departed = next(
        (
            index
            for index, (mine, theirs) in enumerate(zip(trace.seen, expected, strict=False))
            if mine.changed or not _agree(mine.values, theirs.values)
        ),
        None,
    )
    notes = (_PRINTED,) if printed else ()
    if departed is None:
        failure = trace.failure
        if failure is None:
            return _passed(exercise, expected, trace, taken, notes)
        if failure.key == "returns_nothing" and printed:
            return _failed(exercise, "prints_instead", _PRINTS_INSTEAD)
        mistakes = _behind_error(exercise, scenarios, trace) if failure.error else ()
        if mistakes:
            return _named(exercise, mistakes, None, None, notes)
        return _failed(exercise, failure.key, failure.sentence, notes=notes)
    mine, theirs = trace.seen[departed], expected[departed]
    if mine.changed is not None:
        sentence = _IN_PLACE.format(name=mine.changed)
        return _failed(exercise, "in_place", sentence, hint=_IN_PLACE_HINT, notes=notes)
    mistakes = _diagnose(exercise, scenarios, trace)
    if _shapes_differ(mine, theirs):
        evidence = consequence = None
        if not mistakes:
            return _failed(
                exercise, "wrong_shape", _shape_sentence(exercise, mine, theirs), notes=notes
            )
    else:
        evidence = _evidence(exercise, mine, theirs)
        consequence = _consequence(exercise, mine, theirs)
    return _named(exercise, mistakes, evidence, consequence, notes)


def _passed(
    exercise: Exercise,
    expected: Sequence[Seen],
    trace: Trace,
    taken: set[str],
    also: tuple[Text, ...],
) -> Verdict:
    notes: list[Text] = []
    pairs = zip(trace.seen, expected, strict=True)
    exact = all(
        _agree(mine.values, theirs.values, _FINE)
        for mine, theirs in pairs
        if theirs.values[0].dtype == torch.float64
    )
    if not exact:
        notes.append(_SINGLE_PRECISION)
    untried = [name for name in exercise.options if name not in taken]
    if untried:
        notes.append(_UNTRIED.format(names=", ".join(f"`{name}`" for name in untried)))
    return Verdict(
        exercise.name,
        True,
        None,
        _RIGHT.format(n=len(expected)),
        notes=(*notes, *also),
        language=current(),
    )


def _failed(
    exercise: Exercise,
    key: str | None,
    sentence: Text,
    evidence: Evidence | None = None,
    consequence: Text | None = None,
    hint: Text | None = None,
    notes: tuple[Text, ...] = (),
) -> Verdict:
    return Verdict(
        exercise.name, False, key, sentence, evidence, consequence, hint, notes, current()
    )


def _named(
    exercise: Exercise,
    mistakes: tuple[Mistake, ...],
    evidence: Evidence | None,
    consequence: Text | None,
    notes: tuple[Text, ...],
) -> Verdict:
    hint: Text | None
    if not mistakes:
        key, sentence, hint = None, _UNKNOWN, None
    elif len(mistakes) == 1:
        (only,) = mistakes
        key, sentence, hint = only.key, _LOOKS_LIKE.format(what=only.says), only.hint
    else:
        one, two = mistakes
        key = f"{one.key} + {two.key}"
        sentence = _LOOKS_LIKE_TWO.format(one=one.says, two=two.says)
        hint = Text("{one} {two}", "{one}{two}").format(one=one.hint, two=two.hint)
    return _failed(exercise, key, sentence, evidence, consequence, hint, notes)


# --- what is shown --------------------------------------------------------------------------------


def _names(exercise: Exercise, seen: Seen) -> tuple[str, ...]:
    if seen.call.differentiate is None:
        return exercise.returns
    return (*exercise.returns, f"d/d {exercise.parameters[seen.call.differentiate]}")


def _first_difference(mine: Seen, theirs: Seen) -> tuple[int, tuple[int, ...]]:
    for index, (a, b) in enumerate(zip(mine.values, theirs.values, strict=True)):
        apart = (~_close(a, b)).nonzero()
        if len(apart):
            return index, tuple(apart[0].tolist())
    raise AssertionError("no difference to show")


def _evidence(exercise: Exercise, mine: Seen, theirs: Seen) -> Evidence:
    which, place = _first_difference(mine, theirs)
    name = _names(exercise, mine)[which]
    yours = float(mine.values[which][place])
    wanted = float(theirs.values[which][place])
    digits = next((n for n in range(4, 17) if _shown(yours, n) != _shown(wanted, n)), 17)
    return Evidence(
        theirs.call.where,
        f"{name}{list(place)}" if place else name,
        _shown(yours, digits),
        _shown(wanted, digits),
        _given(exercise, theirs.call),
    )


def _shown(number: float, digits: int = 4) -> str:
    return f"{0.0 if abs(number) < 1e-13 else number:.{digits}g}"


def _given(exercise: Exercise, call: Call) -> tuple[tuple[str, str], ...]:
    named = [*zip(exercise.parameters, call.arguments, strict=True), *call.options.items()]
    return tuple((name, _value(argument)) for name, argument in named)


def _value(argument: Any) -> str:
    if isinstance(argument, Tensor):
        if argument.numel() > 8:
            return f"tensor(shape {tuple(argument.shape)})"
        return _nested(argument.tolist())
    if isinstance(argument, float):
        return f"{argument:g}"
    if isinstance(argument, torch.Generator):
        return "torch.Generator()"
    return str(getattr(argument, "__name__", argument))


def _nested(values: Any) -> str:
    if isinstance(values, list):
        return f"[{', '.join(_nested(value) for value in values)}]"
    return _shown(values) if isinstance(values, float) else str(values)


def _in_words(exercise: Exercise, call: Call) -> Text:
    given = ", ".join(f"`{name} = {value}`" for name, value in _given(exercise, call))
    return Text("{where}, with {given}", "{where}，{given}").format(where=call.where, given=given)


def _consequence(exercise: Exercise, mine: Seen, theirs: Seen) -> Text | None:
    """Measure what the mistake does: to the step, if there is one, else to the value."""
    which, _ = _first_difference(mine, theirs)
    name = _names(exercise, mine)[which]
    yours, wanted = mine.values[which].double(), theirs.values[which].double()
    if name in exercise.parameters:
        start = theirs.call.arguments[exercise.parameters.index(name)]
        if name != "theta" or not isinstance(start, Tensor):
            return _ratio(name, yours, wanted)
        return _step_length(theirs.call.where, yours - start.double(), wanted - start.double())
    return _ratio(name, yours, wanted)


def _step_length(where: Text, yours: Tensor, wanted: Tensor) -> Text | None:
    long, right = float(yours.norm()), float(wanted.norm())
    if not 0 < right < float("inf") or not long < float("inf"):
        return None
    ratio, same_way = long / right, float((yours * wanted).sum())
    if ratio < 1e-6:
        return _NO_STEP.format(where=where)
    uphill = same_way < -0.99 * long * right
    if abs(ratio - 1) < 0.02:
        return _STEP_BACK.format(where=where) if uphill else None
    texts = {
        (False, True): _STEP_LONG,
        (False, False): _STEP_SHORT,
        (True, True): _STEP_BACK_LONG,
        (True, False): _STEP_BACK_SHORT,
    }
    return texts[uphill, ratio > 1].format(where=where, ratio=f"{ratio:.2g}")


def _ratio(name: str, yours: Tensor, wanted: Tensor) -> Text | None:
    """Say so if all entries are off by one and the same factor, or by the same amount."""
    nonzero = wanted.abs() > 1e-12
    if not bool(nonzero.any()) or not bool(torch.isfinite(yours).all()):
        return None
    ratios = yours[nonzero] / wanted[nonzero]
    ratio = float(ratios[0])
    if bool((ratios - ratio).abs().max() < 1e-3 * abs(ratio)):
        if abs(ratio + 1) < 1e-3:
            return _OPPOSITE.format(name=name)
        if abs(ratio) > 1e-6:
            return _FACTOR.format(name=name, ratio=f"{ratio:.3g}")
    offsets = yours - wanted
    if prod(offsets.shape) > 1 and bool((offsets - offsets.flatten()[0]).abs().max() < 1e-6):
        return _OFFSET.format(name=name, offset=f"{float(offsets.flatten()[0]):+.3g}")
    return None


def _shapes_differ(mine: Seen, theirs: Seen) -> bool:
    return any(a.shape != b.shape for a, b in zip(mine.values, theirs.values, strict=True))


def _shape_sentence(exercise: Exercise, mine: Seen, theirs: Seen) -> Text:
    names = _names(exercise, mine)
    name, yours, wanted = next(
        (name, a.shape, b.shape)
        for name, a, b in zip(names, mine.values, theirs.values, strict=True)
        if a.shape != b.shape
    )
    return _WRONG_SHAPE.format(
        name=name, yours=tuple(yours), wanted=tuple(wanted), call=_in_words(exercise, mine.call)
    )


# --- a function that cannot be compared -----------------------------------------------------------


def _parameter_trouble(exercise: Exercise, function: Callable[..., Any]) -> Failure | None:
    """Look at the signature before any call; a function that hides its own is simply called."""
    parameters = _parameters(function)
    if parameters is None:
        return None
    names = [
        parameter.name
        for parameter in parameters
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    wanted = exercise.parameters
    if sorted(names[: len(wanted)]) == sorted(wanted) and names[: len(wanted)] != list(wanted):
        swapped = _ARGUMENT_ORDER.format(yours=", ".join(names), wanted=exercise.signature)
        return Failure("argument_order", swapped)
    try:
        inspect.Signature(parameters).bind(*wanted)
    except TypeError:
        mine = ", ".join(parameter.name for parameter in parameters)
        return Failure("arguments", _ARGUMENTS.format(yours=mine, wanted=exercise.signature))
    return None


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter] | None:
    try:
        return list(inspect.signature(function).parameters.values())
    except Exception:
        return None


def _options_taken(exercise: Exercise, function: Callable[..., Any]) -> set[str]:
    parameters = _parameters(function) or []
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return set(exercise.options)
    by_name = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    return by_name & set(exercise.options)


def _code(function: Callable[..., Any]) -> CodeType | None:
    inner = getattr(function, "func", function)  # functools.partial
    inner = getattr(inner, "__func__", inner)
    if not hasattr(inner, "__code__"):
        inner = type(inner).__call__ if callable(inner) else None
    code = getattr(inner, "__code__", None)
    return code if isinstance(code, CodeType) else None


def _refuse_nothing(function: Callable[..., Any], returned: object) -> None:
    """Tell a function that is not written yet from one that forgot to return."""
    parts = returned if isinstance(returned, tuple | list) else (returned,)
    if any(part is Ellipsis or part is NotImplemented for part in parts):
        raise Unreadable("not_written", _NOT_WRITTEN)
    if returned is None:
        code = _code(function)
        if code is not None and len(list(get_instructions(code))) <= 5:
            raise Unreadable("not_written", _NOT_WRITTEN)
        raise Unreadable("returns_nothing", _NO_RETURN)


def _raised(function: Callable[..., Any], error: BaseException, call: Text) -> Failure:
    kind = type(error).__name__
    words = re.sub(r"0x[0-9a-fA-F]+", "0x…", _message(error)).strip()
    if isinstance(error, NotImplementedError) or "ellipsis" in words:
        return Failure("not_written", _NOT_WRITTEN)
    line = _line(function, error)
    text = f"{kind}: {words}" if words else kind
    sentence = _RAISES_AT if line else _RAISES
    return Failure("raises", sentence.format(error=text, line=line, call=call), kind)


def _message(error: BaseException) -> str:
    try:
        words = str(error)
    except Exception:
        return ""
    first = next(iter(words.splitlines()), "")
    return first if len(first) <= 160 else f"{first[:157]}..."


def _line(function: Callable[..., Any], error: BaseException) -> str:
    """Return the text of the reader's line that was running, if it can be had."""
    code = _code(function)
    where, line = error.__traceback__, ""
    while where is not None and code is not None:
        if where.tb_frame.f_code.co_filename == code.co_filename:
            line = linecache.getline(code.co_filename, where.tb_lineno).strip()
        where = where.tb_next
    return line


def _kind(value: object) -> Text:
    if isinstance(value, tuple | list):
        kind = type(value).__name__
        return Text(f"a {kind} of {len(value)}", f"含 {len(value)} 项的 {kind}")
    if isinstance(value, Tensor):
        if value.is_complex():
            return Text("a complex tensor", "复数张量")
        return Text("one tensor", "单个张量")
    name = type(value).__name__
    return Text(f"a value of type {name}", f"类型为 {name} 的值")


# --- sentences ------------------------------------------------------------------------------------

_RIGHT = Text(
    "right. All {n} calls agree with the reference.",
    "正确。{n} 次调用的结果都与参考实现一致。",
)
_LOOKS_LIKE = Text("this looks like {what}.", "这看起来是{what}。")
_LOOKS_LIKE_TWO = Text(
    "this looks like two mistakes at once: {one}; and {two}.",
    "这看起来同时有两处错误：{one}；以及{two}。",
)
_UNKNOWN = Text(
    "not yet right, and it is no mistake that this checker knows. "
    "Here is the first place where it parts from the reference.",
    "还不对，而且不是本检查器认得的错误。下面是它与参考实现最先分开的地方。",
)
_NOT_WRITTEN = Text(
    "not written yet. Put your code where the `...` or `NotImplementedError` stands, "
    "run the cell, and check again.",
    "还没有写。把 `...` 或 `NotImplementedError` 换成你的代码，运行这一格，再检查一次。",
)
_NO_RETURN = Text(
    "your function computes something but returns nothing (`None`). Is its `return` missing?",
    "函数做了计算，却什么也没有返回（`None`）。是不是漏了 `return`？",
)
_PRINTS_INSTEAD = Text(
    "your function prints its result instead of returning it. Printing shows a value to a person; "
    "only `return` hands it to the next line of code.",
    "函数把结果打印了出来，却没有返回。打印是给人看的，`return` 才能把值交给后面的代码。",
)
_PRINTED = Text(
    "(Your function also prints; the checker kept that back.)",
    "（函数还打印了内容，检查器没有显示。）",
)
_RAISES = Text(
    "your function stops with an error, {error} ({call}).",
    "函数运行时出错：{error}（{call}）。",
)
_RAISES_AT = Text(
    "your function stops with an error at its line `{line}`: {error} ({call}).",
    "函数在 `{line}` 这一行出错：{error}（{call}）。",
)
_ENDLESS = Text(
    "your function does not come to an end ({call}). Does the condition of its loop ever change?",
    "函数一直没有结束（{call}）。循环的条件会变化吗？",
)
_NOT_A_TENSOR = Text(
    "`{name}` must be a tensor, but your function returns {got}. "
    "Keep to torch's operations; they give tensors (`.item()`, `.tolist()`, `.numpy()` do not, "
    "and a comma at the end of `return` makes a tuple).",
    "`{name}` 应为张量，你的函数返回的却是{got}。请一直用 torch 的运算，它们的结果是张量"
    "（`.item()`、`.tolist()`、`.numpy()` 的结果不是；`return` 行末多一个逗号会变成元组）。",
)
_NOT_A_NUMBER = Text(
    "`{name}` must be one number, but your function returns {got}.",
    "`{name}` 应为一个数，你的函数返回的却是{got}。",
)
_WRONG_COUNT = Text(
    "{wanted} things are to be returned, `{names}`, but your function returns {got}.",
    "应返回 {wanted} 项：`{names}`，你的函数返回的却是{got}。",
)
_WRONG_SHAPE = Text(
    "`{name}` has shape {yours} where {wanted} is expected ({call}).",
    "`{name}` 的形状是 {yours}，应为 {wanted}（{call}）。",
)
_IN_PLACE = Text(
    "your function changes its argument `{name}` in place: whoever called it loses the old value.",
    "函数就地修改了参数 `{name}`：调用者手里原来的值就没有了。",
)
_IN_PLACE_HINT = Text(
    "`x += y`, `x[i] = y` and methods whose name ends in `_` write into the tensor itself; "
    "`x = x + y` makes a new one.",
    "`x += y`、`x[i] = y` 以及名字以 `_` 结尾的方法都直接改写张量本身；"
    "`x = x + y` 则得到新的张量。",
)
_DETACHED = Text(
    "the value has lost its gradient: autograd finds no way from it back to the input. "
    "`.item()`, `.detach()`, `.data` and `torch.tensor(...)` each cut that way.",
    "结果没有梯度：自动求导无法从它回到输入。`.item()`、`.detach()`、`.data` 和 "
    "`torch.tensor(...)` 都会切断这条路。",
)
_ARGUMENT_ORDER = Text(
    "the parameters are in another order: yours are `({yours})`, and the exercise calls "
    "`{wanted}`.",
    "参数的顺序不同：你的是 `({yours})`，练习的调用方式是 `{wanted}`。",
)
_ARGUMENTS = Text(
    "your function takes `({yours})`, and the exercise calls `{wanted}`.",
    "你的函数的参数是 `({yours})`，练习的调用方式是 `{wanted}`。",
)
_SINGLE_PRECISION = Text(
    "(Somewhere inside you compute in float32: the results agree to about seven digits rather "
    "than sixteen.)",
    "（中间某处用了 float32：结果大约有七位有效数字一致，而不是十六位。）",
)
_UNTRIED = Text(
    "(Not tried, because your function does not take it: {names}.)",
    "（函数没有这些参数，所以没有检查：{names}。）",
)
_STEP_LONG = Text(
    "{where}: your step is {ratio} times too long.", "{where}：步长是应有的 {ratio} 倍。"
)
_STEP_SHORT = Text(
    "{where}: your step is only {ratio} times as long as it should be.",
    "{where}：步长只有应有的 {ratio} 倍。",
)
_STEP_BACK = Text(
    "{where}: your step has the right length and goes exactly the opposite way.",
    "{where}：步长正确，方向恰好相反。",
)
_STEP_BACK_LONG = Text(
    "{where}: your step goes the opposite way and is {ratio} times too long.",
    "{where}：方向相反，步长是应有的 {ratio} 倍。",
)
_STEP_BACK_SHORT = Text(
    "{where}: your step goes the opposite way and is only {ratio} times as long as it should be.",
    "{where}：方向相反，步长只有应有的 {ratio} 倍。",
)
_NO_STEP = Text("{where}: you do not move at all.", "{where}：完全没有移动。")
_OPPOSITE = Text("`{name}` has exactly the opposite sign.", "`{name}` 的符号恰好相反。")
_FACTOR = Text("`{name}` is {ratio} times what it should be.", "`{name}` 是应有值的 {ratio} 倍。")
_OFFSET = Text(
    "Every entry of `{name}` is off by the same amount, {offset}.",
    "`{name}` 的每一项都差同一个数 {offset}。",
)
