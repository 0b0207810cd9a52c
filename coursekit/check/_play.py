"""Play functions through the calls of an exercise, and compare what they return."""

import linecache
import re
from collections.abc import Callable, Iterator, Sequence
from dis import get_instructions
from itertools import combinations, product
from types import CodeType
from typing import Any

import torch
from torch import Tensor

from coursekit.check import _sentences as say
from coursekit.check._exercise import Call, Exercise, Scenario, Unreadable
from coursekit.check._guard import Guard, OutOfTime
from coursekit.check._show import in_words
from coursekit.check._text import Text
from coursekit.check._trace import Failure, Seen, Trace, agree
from coursekit.check._words import Mistake


def _answer(exercise: Exercise, function: Callable[..., Any], call: Call) -> Seen:
    """Make one call on copies of its arguments, and read what it returns."""
    arguments = tuple(_copy(argument) for argument in call.arguments)
    options = {name: _copy(option) for name, option in call.options.items()}
    if call.differentiate is not None:
        arguments[call.differentiate].requires_grad_()
    returned = exercise.ask(function, *arguments, **options)
    _refuse_nothing(function, returned)
    values = exercise.read(returned, exercise)
    if call.differentiate is not None:
        values = (*values, _gradient(returned, arguments[call.differentiate]))
    before = (*call.arguments, *call.options.values())
    names = (*exercise.parameters, *call.options)
    after = (*arguments, *options.values())
    changed = [
        name for name, old, new in zip(names, before, after, strict=True) if not _same(old, new)
    ]
    return Seen(call, values, changed[0] if changed else None)


def _gradient(returned: Tensor, argument: Tensor) -> Tensor:
    if not returned.requires_grad:
        raise Unreadable("detached", say.DETACHED)
    (grad,) = torch.autograd.grad(returned.sum(), argument, allow_unused=True)
    return torch.zeros_like(argument) if grad is None else grad


def _copy(argument: Any) -> Any:
    if isinstance(argument, Tensor):
        return argument.detach().clone()
    if isinstance(argument, torch.Generator):
        return torch.Generator().set_state(argument.get_state())
    return list(argument) if isinstance(argument, list) else argument


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, Tensor):
        return old.shape == new.shape and torch.allclose(old, new, 0, 0, equal_nan=True)
    return not isinstance(old, list) or bool(old == new)


def _play(scenarios: Sequence[Scenario], answer: Callable[[Call], Seen]) -> Iterator[Seen]:
    for scenario in scenarios:
        script = scenario.play()
        call = next(script)
        while True:
            seen = answer(call)
            yield seen
            try:
                call = script.send(seen.values)
            except StopIteration:
                break


def reference_run(exercise: Exercise, scenarios: Sequence[Scenario]) -> list[Seen]:
    """Return what the reference answers to every call."""
    right = exercise.variant()
    return list(_play(scenarios, lambda call: _answer(exercise, right, call)))


def observe(
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
        sentence = say.ENDLESS.format(call=in_words(exercise, asked[-1]))
        return Trace(tuple(seen), Failure("endless", sentence))
    except (Exception, SystemExit) as error:
        return Trace(tuple(seen), _raised(function, error, in_words(exercise, asked[-1])))
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
            if len(mine.values) != len(theirs.values) or not agree(mine.values, theirs.values):
                return False
    except Unreadable as trouble:
        failure = trace.failure.key if trace.failure else None
        return failure == trouble.key and next(remaining, None) is None
    except Exception as error:
        failure = trace.failure.error if trace.failure else None
        return failure == type(error).__name__ and next(remaining, None) is None
    return trace.failure is None


def diagnose(
    exercise: Exercise, scenarios: Sequence[Scenario], trace: Trace
) -> tuple[Mistake, ...]:
    """Return the one mistake, or failing that the first two, that the trace looks like."""
    spellings: list[tuple[str, ...]] = [(), *((spelling,) for spelling in exercise.spellings)]
    for size in (1, 2):
        for mistakes, spelling in product(combinations(exercise.mistakes, size), spellings):
            keys = tuple(mistake.key for mistake in mistakes)
            if _looks_like(exercise, scenarios, trace, (*keys, *spelling)):
                return mistakes
    return ()


def behind_error(
    exercise: Exercise, scenarios: Sequence[Scenario], trace: Trace
) -> tuple[Mistake, ...]:
    """Return what explains the exception that ended the trace, if anything does."""
    error = trace.failure.error if trace.failure else ""
    told = tuple(mistake for mistake in exercise.mistakes if mistake.error == error)
    return told[:1] or diagnose(exercise, scenarios, trace)


def _code(function: Callable[..., Any]) -> CodeType | None:
    inner = getattr(function, "func", function)  # functools.partial
    inner = getattr(inner, "__func__", inner)
    if not hasattr(inner, "__code__"):
        inner = getattr(type(inner), "__call__", None)  # noqa: B004 - its code is wanted
    code = getattr(inner, "__code__", None)
    return code if isinstance(code, CodeType) else None


def _refuse_nothing(function: Callable[..., Any], returned: object) -> None:
    """Tell a function that is not written yet from one that forgot to return."""
    parts = returned if isinstance(returned, tuple | list) else (returned,)
    if any(part is Ellipsis or part is NotImplemented for part in parts):
        raise Unreadable("not_written", say.NOT_WRITTEN)
    if returned is None:
        code = _code(function)
        if code is not None and len(list(get_instructions(code))) <= 5:
            raise Unreadable("not_written", say.NOT_WRITTEN)
        raise Unreadable("returns_nothing", say.NO_RETURN)


def _raised(function: Callable[..., Any], error: BaseException, call: Text) -> Failure:
    kind = type(error).__name__
    words = re.sub(r"0x[0-9a-fA-F]+", "0x…", _message(error)).strip()
    if isinstance(error, NotImplementedError) or "ellipsis" in words:
        return Failure("not_written", say.NOT_WRITTEN)
    line = _line(function, error)
    text = f"{kind}: {words}" if words else kind
    sentence = say.RAISES_AT if line else say.RAISES
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
