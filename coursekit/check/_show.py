"""Put a difference into numbers and words."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from inspect import getsource, isfunction
from math import inf, prod
from typing import Any

import torch
from torch import Tensor

from coursekit.check import _sentences as say
from coursekit.check._exercise import Call, Exercise
from coursekit.check._text import Text
from coursekit.check._trace import FINE, Seen, Trace, close
from coursekit.check._verdict import Evidence


def _names(exercise: Exercise, seen: Seen) -> tuple[str, ...]:
    if seen.call.differentiate is None:
        return exercise.returns
    return (*exercise.returns, f"d/d {exercise.parameters[seen.call.differentiate]}")


def _first_difference(mine: Seen, theirs: Seen) -> tuple[int, tuple[int, ...]]:
    for index, (a, b) in enumerate(zip(mine.values, theirs.values, strict=True)):
        apart = (~close(a, b)).nonzero()
        if len(apart):
            return index, tuple(apart[0].tolist())
    raise AssertionError("no difference to show")


def evidence_of(exercise: Exercise, mine: Seen, theirs: Seen) -> Evidence:
    """Return the first coordinate of the first value that differs, and the call it is from.

    The arguments are those that the reader's own function was called with: a state that went wrong
    too little to be seen may have been handed on.
    """
    which, place = _first_difference(mine, theirs)
    name = _names(exercise, mine)[which]
    yours = float(mine.values[which][place])
    wanted = float(theirs.values[which][place])
    where, given = mine.call.where, _given(exercise, mine.call)
    if name in exercise.facts:
        answer, right = (say.YES if number else say.NO for number in (yours, wanted))
        return Evidence(where, exercise.facts[name], answer, right, given)
    digits = next((n for n in range(4, 17) if _shown(yours, n) != _shown(wanted, n)), 17)
    at = f"{name}{list(place)}" if place else name
    return Evidence(where, at, _shown(yours, digits), _shown(wanted, digits), given)


def _shown(number: float, digits: int = 4) -> str:
    return f"{0.0 if abs(number) < 1e-13 else number:.{digits}g}"


def given(exercise: Exercise, call: Call) -> dict[str, Any]:
    """Return the arguments of a call by their names, in order."""
    return dict(zip(exercise.parameters, call.arguments, strict=True)) | dict(call.options)


_MOST = 12  # entries of a tensor that are shown


def _given(exercise: Exercise, call: Call, most: int = _MOST) -> tuple[tuple[str, str], ...]:
    named = given(exercise, call).items()
    return tuple((name, _value(argument, most)) for name, argument in named)


def _value(argument: Any, most: int) -> str:
    if isinstance(argument, Tensor):
        if argument.numel() > most:
            return f"tensor(shape {tuple(argument.shape)})"
        return _nested(argument.tolist())
    if isinstance(argument, float):
        return f"{argument:g}"
    if isinstance(argument, torch.Generator):
        return "torch.Generator()"
    if isinstance(argument, str):
        return repr(argument)
    if isfunction(argument):  # one of the objectives here: what it returns says all
        return getsource(argument).partition("return ")[2].strip()
    return str(argument)


def _nested(values: Any) -> str:
    if isinstance(values, list):
        return f"[{', '.join(_nested(value) for value in values)}]"
    return _shown(values) if isinstance(values, float) else str(values)


def in_words(exercise: Exercise, call: Call) -> Text:
    """Return the call's place and arguments in one phrase: of much, the shapes alone."""
    tensors = [value for value in given(exercise, call).values() if isinstance(value, Tensor)]
    most = _MOST if sum(tensor.numel() for tensor in tensors) <= _MOST else _MOST // 3
    pairs = [f"`{name} = {value}`" for name, value in _given(exercise, call, most)]
    listed = Text(", ".join(pairs), "，".join(pairs))
    return Text("{where}, with {given}", "{where}，{given}").format(where=call.where, given=listed)


def consequence_of(exercise: Exercise, mine: Seen, theirs: Seen, *, known: bool) -> Text | None:
    """Measure what the mistake does: to the step, if there is one, else to the value.

    Any two numbers have a ratio. Of a mistake that is not ``known`` it says something if it is that
    of many entries, or a whole number.
    """
    if not exercise.measured:
        return None
    which, _ = _first_difference(mine, theirs)
    name = _names(exercise, mine)[which]
    yours, wanted = mine.values[which].double(), theirs.values[which].double()
    if name in exercise.parameters:
        start = theirs.call.arguments[exercise.parameters.index(name)]
        if name != "theta" or not isinstance(start, Tensor):
            return _ratio(name, yours, wanted, known=known)
        moves = (yours - start.double(), wanted - start.double())
        return _movement(theirs.call.where, *moves, known=known)
    return _ratio(name, yours, wanted, known=known)


def _movement(where: Text, yours: Tensor, wanted: Tensor, *, known: bool) -> Text | None:
    far, right = float(yours.norm()), float(wanted.norm())
    if not 0 < right < inf or not far < inf:
        return None
    ratio = far / right
    if ratio < 1e-6:
        return say.NO_STEP.format(where=where)
    times = _times(ratio, 2)
    same_way = float((yours * wanted).sum()) / (far * right)
    as_far = abs(ratio - 1) < 0.02 or times == "1"
    if -0.99 < same_way < 0:  # all but square to the right direction is neither
        return say.AWAY.format(where=where) if same_way < -0.5 else None
    if not known and 0 <= same_way < 0.9999:
        return None
    if as_far:
        return say.BACK.format(where=where) if same_way < 0 else None
    sentence = say.BACK_TIMES if same_way < 0 else say.MOVES
    return sentence.format(where=where, ratio=times)


def _times(ratio: float, digits: int) -> str:
    """Write a ratio as one would say it, never with an exponent."""
    return f"{Decimal(f'{ratio:.{digits}g}'):,f}"


def _ratio(name: str, yours: Tensor, wanted: Tensor, *, known: bool) -> Text | None:
    """Say so if all entries are off by one and the same factor, or by the same amount."""
    nonzero = wanted.abs() > 1e-12
    if not bool(nonzero.any()) or not bool(torch.isfinite(yours).all()):
        return None
    ratios = yours[nonzero] / wanted[nonzero]
    ratio = float(ratios[0])
    alike = bool((ratios - ratio).abs().max() < 1e-3 * abs(ratio))
    if alike and not bool((yours[~nonzero].abs() > 1e-12).any()):
        if abs(ratio + 1) < 1e-3:
            return say.OPPOSITE.format(name=name)
        large = max(abs(ratio), 1 / abs(ratio)) if ratio else 0.0
        if not known and wanted.numel() == 1 and abs(large - round(large)) > 1e-3:
            return None
        if ratio > 1e-6 and (times := _times(ratio, 3)) != "1":
            return say.FACTOR.format(name=name, ratio=times)
    offsets = yours - wanted
    if prod(offsets.shape) > 1 and bool((offsets - offsets.flatten()[0]).abs().max() < 1e-6):
        return say.OFFSET.format(name=name, offset=f"{float(offsets.flatten()[0]):+.3g}")
    return None


def shapes_differ(mine: Seen, theirs: Seen) -> bool:
    """Say whether any value has another shape than expected."""
    return any(a.shape != b.shape for a, b in zip(mine.values, theirs.values, strict=True))


def shape_sentence(exercise: Exercise, mine: Seen, theirs: Seen) -> Text:
    """Return the sentence on the first value whose shape is not the one expected."""
    names = _names(exercise, mine)
    name, yours, wanted = next(
        (name, a.shape, b.shape)
        for name, a, b in zip(names, mine.values, theirs.values, strict=True)
        if a.shape != b.shape
    )
    return say.WRONG_SHAPE.format(
        name=name, yours=tuple(yours), wanted=tuple(wanted), call=in_words(exercise, mine.call)
    )


def shape_hint(mine: Seen, theirs: Seen) -> Text:
    """Return where to look for the first wrong shape: what the shape itself leaves possible."""
    yours, wanted = next(
        (a.shape, b.shape)
        for a, b in zip(mine.values, theirs.values, strict=True)
        if a.shape != b.shape
    )
    if yours.numel() == wanted.numel():
        return say.OTHER_ARRANGEMENT
    if len(wanted) == 0:
        return say.NOT_ONE_NUMBER
    if len(yours) == 0:
        return say.ONLY_ONE_NUMBER
    if len(yours) < len(wanted):
        return say.TOO_FEW_DIMENSIONS
    return say.TOO_MANY_DIMENSIONS if len(yours) > len(wanted) else say.OTHER_SIZES


def nowhere_finite(trace: Trace, expected: Sequence[Seen]) -> bool:
    """Say whether all entries that differ are ``nan`` or ``inf``: none tells mistakes apart."""
    return not any(
        bool((~close(a, b) & torch.isfinite(a.double())).any())
        for mine, theirs in zip(trace.seen, expected, strict=False)
        for a, b in zip(mine.values, theirs.values, strict=True)
        if a.shape == b.shape
    )


def digits_in_common(trace: Trace, expected: Sequence[Seen]) -> int:
    """Return to how many digits the float64 answers agree, at most 16."""
    digits = 16
    for mine, theirs in zip(trace.seen, expected, strict=True):
        for a, b in zip(mine.values, theirs.values, strict=True):
            if theirs.values[0].dtype == torch.float64 and not bool(close(a, b, FINE).all()):
                both = torch.isfinite(b) & (a != b)
                off = ((a.double() - b).abs() / b.abs().clamp(min=1e-2))[both].max()
                digits = min(digits, max(int(-off.log10()), 1))
    return digits


@dataclass(frozen=True)
class Steady:
    """By which one factor a result, or how far it moves, is off in all calls."""

    name: str
    ratio: str
    moves: bool


def steady_ratio(exercise: Exercise, trace: Trace, right: Sequence[Seen]) -> Steady | None:
    """Say by which one factor one result is off in all calls, all others being right.

    ``right`` is what the reference answers to the very calls that were made. Of a new ``theta`` it
    is the way from the old one that counts; other states are no such thing.
    """
    if exercise.given_back or trace.failure or not trace.seen:
        return None
    pairs = list(zip(trace.seen, right, strict=True))
    if any(a.shape != b.shape for m, r in pairs for a, b in zip(m.values, r.values, strict=True)):
        return None
    plain = not set(exercise.returns) & set(exercise.parameters)
    together = _ratio_of(
        [(v, w) for m, r in pairs for v, w in zip(m.values, r.values, strict=True)]
    )
    if plain and together:
        return Steady("", together, False)
    wrong = {
        which
        for mine, theirs in pairs
        for which, (a, b) in enumerate(zip(mine.values, theirs.values, strict=True))
        if not bool(close(a, b).all())
    }
    if len(wrong) != 1 or not exercise.measured:
        return None
    (which,) = wrong
    if which >= len(exercise.returns):  # a gradient
        return None
    name = exercise.returns[which]
    values = [(mine.values[which], theirs.values[which]) for mine, theirs in pairs]
    if name == "theta" and name in exercise.parameters:
        starts = [mine.call.arguments[exercise.parameters.index(name)] for mine, _ in pairs]
        values = [(a - s, b - s) for (a, b), s in zip(values, starts, strict=True)]
        ratio = _ratio_of(values)
        return Steady(name, ratio, True) if ratio else None
    if not plain or len(exercise.returns) == 1:
        return None
    ratio = _ratio_of(values)
    return Steady(name, ratio, False) if ratio else None


def _ratio_of(pairs: Sequence[tuple[Tensor, Tensor]]) -> str:
    yours, wanted = (torch.cat([pair[i].double().flatten() for pair in pairs]) for i in (0, 1))
    if not bool(torch.isfinite(yours).all()):
        return ""
    some = wanted.abs() > 1e-9
    ratios = yours[some] / wanted[some]
    ratio = float(ratios.median()) if len(ratios) > 2 else 1.0
    alike = bool(torch.isclose(yours, ratio * wanted, rtol=1e-4, atol=1e-6).all())
    if not alike or abs(ratio) < 1e-6 or abs(ratio - 1) < 1e-3:
        return ""
    return f"{'−' if ratio < 0 else ''}{_times(abs(ratio), 3)}"
