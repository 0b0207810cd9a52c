"""Reach a verdict."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import torch

from coursekit.check import _sentences as say
from coursekit.check._exercise import Exercise, Scenario, kind_of
from coursekit.check._guard import Guard
from coursekit.check._play import behind_error, diagnose, observe, reference_run
from coursekit.check._show import consequence_of, evidence_of, shape_sentence, shapes_differ
from coursekit.check._text import Text, current
from coursekit.check._trace import FINE, Failure, Seen, Trace, agree
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
    trouble = _parameter_trouble(exercise, function)
    if trouble is not None:
        return _failed(exercise, trouble.key, trouble.sentence)
    taken = _options_taken(exercise, function)
    scenarios = [scene for scene in exercise.scenarios if set(scene.needs) <= taken]
    with torch.enable_grad():
        expected = reference_run(exercise, scenarios)
        with Guard() as guard:
            trace = observe(exercise, scenarios, function, expected, guard)
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
            if mine.changed or not agree(mine.values, theirs.values)
        ),
        None,
    )
    notes = (say.PRINTED,) if printed else ()
    if departed is None:
        failure = trace.failure
        if failure is None:
            return _passed(exercise, expected, trace, taken, notes)
        if failure.key == "returns_nothing" and printed:
            return _failed(exercise, "prints_instead", say.PRINTS_INSTEAD)
        mistakes = behind_error(exercise, scenarios, trace) if failure.error else ()
        if mistakes:
            return _named(exercise, mistakes, None, None, notes)
        return _failed(exercise, failure.key, failure.sentence, notes=notes)
    mine, theirs = trace.seen[departed], expected[departed]
    if mine.changed is not None:
        sentence = say.IN_PLACE.format(name=mine.changed)
        return _failed(exercise, "in_place", sentence, hint=say.IN_PLACE_HINT, notes=notes)
    mistakes = diagnose(exercise, scenarios, trace)
    if not shapes_differ(mine, theirs):
        evidence = evidence_of(exercise, mine, theirs)
        measured = all(mistake.measured for mistake in mistakes)
        consequence = consequence_of(exercise, mine, theirs) if measured else None
        return _named(exercise, mistakes, evidence, consequence, notes)
    sentence = shape_sentence(exercise, mine, theirs)
    if mistakes:
        return _named(exercise, mistakes, None, sentence, notes)
    return _failed(exercise, "wrong_shape", sentence, hint=say.WRONG_SHAPE_HINT, notes=notes)


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
        agree(mine.values, theirs.values, FINE)
        for mine, theirs in pairs
        if theirs.values[0].dtype == torch.float64
    )
    if not exact:
        notes.append(say.SINGLE_PRECISION)
    untried = [name for name in exercise.options if name not in taken]
    if untried:
        notes.append(say.UNTRIED.format(names=", ".join(f"`{name}`" for name in untried)))
    return Verdict(
        exercise.name,
        True,
        None,
        say.RIGHT.format(n=len(expected)),
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
        mine = ", ".join(parameter.name for parameter in parameters)
        return Failure("arguments", say.ARGUMENTS.format(yours=mine, wanted=exercise.signature))
    return None


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter] | None:
    try:
        return list(inspect.signature(function).parameters.values())
    except Exception:  # a builtin, or an object that has no signature to show
        return None


def _options_taken(exercise: Exercise, function: Callable[..., Any]) -> set[str]:
    parameters = _parameters(function) or []
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return set(exercise.options)
    by_name = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    return by_name & set(exercise.options)
