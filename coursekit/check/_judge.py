"""Reach a verdict."""

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

import torch

from coursekit.check import _sentences as say
from coursekit.check._exercise import Exercise, Scenario, kind_of
from coursekit.check._guard import Guard
from coursekit.check._play import (
    another_order,
    answers,
    diagnose,
    diagnose_two,
    ignored,
    observe,
    reference_run,
    varies,
)
from coursekit.check._show import (
    Steady,
    consequence_of,
    digits_in_common,
    evidence_of,
    given,
    in_words,
    nowhere_finite,
    shape_hint,
    shape_sentence,
    shapes_differ,
    steady_ratio,
)
from coursekit.check._text import Text, current
from coursekit.check._trace import Failure, Seen, Trace, agree
from coursekit.check._verdict import Evidence, Verdict
from coursekit.check._words import Mistake


def judge(exercise: Exercise, function: Callable[..., Any]) -> Verdict:
    """Return the verdict on a reader's function.

    Raises
    ------
    TypeError
        If ``function`` cannot be called at all.
    """
    if not callable(function):
        raise TypeError(
            f"function must be a function {exercise.signature}, got {kind_of(function).en}"
        )
    if isinstance(function, type):
        return _failed(exercise, "a_class", say.A_CLASS.format(name=function.__name__))
    trouble = _parameter_trouble(exercise, function)
    if trouble is not None:
        return _failed(exercise, trouble.key, trouble.sentence)
    taken = _options_taken(exercise, function)
    scenarios = [scene for scene in exercise.scenarios if set(scene.needs) <= taken]
    with torch.enable_grad():
        expected = reference_run(exercise, scenarios)
        with Guard(function) as guard:
            trace = observe(exercise, scenarios, function, expected, guard)
            departed = _departed(trace, expected)
            if departed is not None:
                return _wrong(exercise, scenarios, expected, trace, departed, function, guard)
        return _nothing_wrong(exercise, expected, trace, taken, guard.heard.words)


def _departed(trace: Trace, expected: Sequence[Seen]) -> int | None:
    """Return which call is the first whose answer is not the reference's."""
    return next(
        (
            index
            for index, (mine, theirs) in enumerate(zip(trace.seen, expected, strict=False))
            if mine.changed or mine.tracked or not agree(mine.values, theirs.values)
        ),
        None,
    )


def _nothing_wrong(
    exercise: Exercise, expected: Sequence[Seen], trace: Trace, taken: set[str], printed: str
) -> Verdict:
    """Judge an answer whose values agree as far as they go."""
    notes = (say.PRINTED,) if printed else ()
    failure = trace.failure
    if failure is None:
        return _passed(exercise, expected, trace, taken, notes)
    if failure.key == "not_written":
        notes = (*notes, say.WHERE_TO_BEGIN.format(name=exercise.name))
    if failure.key == "returns_nothing" and printed:
        return _failed(exercise, "prints_instead", say.PRINTS_INSTEAD)
    mixed = failure.key == "raises" and _of_two_precisions(failure.sentence.en)
    hint = say.PRECISION_HINT if mixed else None
    return _failed(exercise, failure.key, failure.sentence, hint=hint, notes=notes)


def _of_two_precisions(said: str) -> bool:
    """Return whether torch refused a float beside a double: it words that in several ways."""
    return {"float", "double"} <= set(re.findall(r"[a-z]+", said.lower()))


def _wrong(
    exercise: Exercise,
    scenarios: Sequence[Scenario],
    expected: Sequence[Seen],
    trace: Trace,
    departed: int,
    function: Callable[..., Any],
    guard: Guard,
) -> Verdict:
    """Judge an answer that parts from the reference: what is surest is said first."""
    mine, theirs = trace.seen[departed], expected[departed]
    notes = (say.PRINTED,) if guard.heard.words else ()
    if trace.failure is not None and trace.failure.key in ("raises", "endless"):
        notes = (*notes, say.LATER.format(trouble=trace.failure.sentence))
    if mine.changed is not None:
        sentence = say.IN_PLACE.format(name=mine.changed)
        a_list = isinstance(given(exercise, mine.call)[mine.changed], list)
        hint = say.IN_PLACE_HINT_OF_A_LIST if a_list else say.IN_PLACE_HINT
        return _failed(exercise, "in_place", sentence, hint=hint, notes=notes)
    mistakes = diagnose(exercise, scenarios, trace)
    order = another_order(exercise, trace, expected)
    if order and not mistakes:  # a product's two derivatives in another order have a name
        wanted = ", ".join(exercise.returns)
        sentence = say.WRONG_ORDER.format(yours=", ".join(order), wanted=wanted)
        return _failed(exercise, "wrong_order", sentence, notes=notes)
    if varies(exercise, function, trace.seen[0], guard):
        sentence = say.STATEFUL.format(call=in_words(exercise, trace.seen[0].call))
        return _failed(exercise, "stateful", sentence, notes=notes)
    if agree(mine.values, theirs.values) and mine.tracked is not None:
        sentence = say.TRACKED.format(name=mine.tracked)
        return _failed(exercise, "tracked", sentence, hint=say.TRACKED_HINT, notes=notes)
    differ = shapes_differ(mine, theirs)
    evidence = None if differ else evidence_of(exercise, mine, theirs)
    returned = mine.call.differentiate is None  # else the gradient alone may be at fault
    only_not_finite = returned and not differ and nowhere_finite(trace, expected)
    if not (only_not_finite and departed == 0):  # where nothing is finite nothing tells them apart
        mistakes = mistakes or diagnose_two(exercise, scenarios, trace)
    if only_not_finite and (departed == 0 or not mistakes):
        hint = say.NOT_FINITE_HINT
        return _failed(exercise, "not_finite", say.NOT_FINITE, evidence, None, hint, notes)
    told: Text | None
    if differ:
        told = shape_sentence(exercise, mine, theirs)
    else:
        told = consequence_of(exercise, mine, theirs, known=bool(mistakes))
    without = () if mistakes or differ else ignored(exercise, function, trace.seen, guard)
    if without:
        names = Text.any_of([f"`{name}`" for name in without])
        sentence = say.IGNORED.format(names=names)
        hint = say.IGNORED_HINT if len(without) == 1 else say.IGNORED_HINT_OF_SEVERAL
        return _failed(exercise, "ignored", sentence, evidence, told, hint, notes)
    if not mistakes and (steady := steady_ratio(exercise, trace, answers(exercise, trace))):
        sentence, hint = _by_one_factor(steady)
        back = steady.moves and steady.ratio.startswith("−")  # of the way on, all is said
        way = told if back else None
        return _failed(exercise, "factor", sentence, evidence, way, hint, notes)
    if not mistakes and differ:
        hint = shape_hint(mine, theirs)
        return _failed(exercise, "wrong_shape", told or say.UNKNOWN, hint=hint, notes=notes)
    if not (differ or all(mistake.measured for mistake in mistakes)):
        told = None
    return _named(exercise, mistakes, evidence, told, notes)


def _by_one_factor(steady: Steady) -> tuple[Text, Text]:
    """Return the sentence on what is off by one factor in all calls, and its hint."""
    hint = say.ALWAYS_TIMES_HINT
    if steady.moves:
        form = say.ALWAYS_MOVES
    elif steady.ratio == "−1":
        form = say.ALWAYS_OPPOSITE_ONE if steady.name else say.ALWAYS_OPPOSITE
        hint = say.ALWAYS_OPPOSITE_HINT
    else:
        form = say.ALWAYS_TIMES_ONE if steady.name else say.ALWAYS_TIMES
    return form.format(ratio=steady.ratio, name=steady.name), hint


def _passed(
    exercise: Exercise,
    expected: Sequence[Seen],
    trace: Trace,
    taken: set[str],
    also: tuple[Text, ...],
) -> Verdict:
    notes: list[Text] = []
    digits = digits_in_common(trace, expected)
    if digits < 9:
        notes.append(say.FEW_DIGITS.format(digits=digits))
    untried = [name for name in exercise.options if name not in taken]
    if untried:
        notes.append(say.UNTRIED.format(names=", ".join(f"`{name}`" for name in untried)))
    return Verdict(
        exercise.name,
        True,
        None,
        say.RIGHT,
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
        key, sentence, hint = None, say.UNKNOWN, None
    elif len(mistakes) == 1:
        (only,) = mistakes
        key, sentence, hint = only.key, say.LOOKS_LIKE.format(what=only.says), only.hint
    else:
        one, two = mistakes
        key = f"{one.key} + {two.key}"
        sentence = say.LOOKS_LIKE_TWO.format(one=one.says, two=two.says)
        hint = Text("{one} {two}", "{one}{two}").format(one=one.hint, two=two.hint)
    return _failed(exercise, key, sentence, evidence, consequence, hint, notes)


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
        swapped = say.ARGUMENT_ORDER.format(yours=", ".join(names), wanted=exercise.signature)
        return Failure("argument_order", swapped)
    try:
        inspect.Signature(parameters).bind(*wanted)
    except TypeError:
        empty = inspect.Parameter.empty
        bare = [each.replace(annotation=empty, default=empty) for each in parameters]
        mine = str(inspect.Signature(bare))[1:-1]  # with the `*` that makes a call by position fail
        return Failure("arguments", say.ARGUMENTS.format(yours=mine, wanted=exercise.signature))
    return None


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter] | None:
    try:
        if isinstance(function, torch.nn.Module):
            function = function.forward
        return list(inspect.signature(function).parameters.values())
    except Exception:  # a builtin, or an object that has no signature to show
        return None


def _options_taken(exercise: Exercise, function: Callable[..., Any]) -> set[str]:
    parameters = _parameters(function) or []
    by_name = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    return by_name & set(exercise.options)
