"""Play functions through the calls of an exercise, and compare what they return."""

import inspect
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from dis import get_instructions
from functools import partial
from itertools import combinations, count, islice, permutations
from traceback import walk_tb
from types import CodeType
from typing import Any

import torch
from torch import Tensor

from coursekit.check import _sentences as say
from coursekit.check._exercise import Call, Exercise, Scenario, Unreadable, Values, call_plainly
from coursekit.check._guard import Guard, Interrupted, OutOfTime, code_of, line_of
from coursekit.check._show import given, in_words, shapes_differ
from coursekit.check._text import Text
from coursekit.check._trace import FINE, Failure, Seen, Trace, agree
from coursekit.check._words import Mistake


def _answer(exercise: Exercise, function: Callable[..., Any], call: Call) -> Seen:
    """Make one call on copies of its arguments, and read what it returns."""
    arguments = tuple(_copy(argument) for argument in call.arguments)
    options = {name: _copy(option) for name, option in call.options.items()}
    if call.differentiate is not None:
        arguments[call.differentiate].requires_grad_()
    asked = partial(_called, function, exercise.ask is not call_plainly)
    returned = exercise.ask(asked, *arguments, **options)
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
    tracked = [
        name
        for index, (name, new) in enumerate(zip(names, after, strict=True))
        if isinstance(new, Tensor) and new.requires_grad and index != call.differentiate
    ]
    return Seen(call, values, next(iter(changed), None), next(iter(tracked), None))


def _called(function: Callable[..., Any], streams: bool, *arguments: Any, **options: Any) -> Any:
    """Call it, and look at once for what has to be closed before it can be told."""
    returned = function(*arguments, **options)
    if inspect.iscoroutine(returned):
        returned.close()
        raise Unreadable("coroutine", say.COROUTINE)
    if inspect.isasyncgen(returned):
        raise Unreadable("coroutine", say.COROUTINE)
    if inspect.isgenerator(returned) and not streams:
        returned.close()
        yields = say.GENERATOR if returned.gi_code is code_of(function) else say.GIVES_A_GENERATOR
        raise Unreadable("generator", yields)
    return returned


def _gradient(returned: Tensor, argument: Tensor) -> Tensor:
    grad = None
    if returned.requires_grad:  # which says nothing yet: a new tensor may be made to
        (grad,) = torch.autograd.grad(returned.sum(), argument, allow_unused=True)
    if grad is None:
        raise Unreadable("detached", say.DETACHED)
    return grad


def _copy(argument: Any) -> Any:
    if isinstance(argument, Tensor):
        return argument.detach().clone()
    if isinstance(argument, torch.Generator):
        return torch.Generator().set_state(argument.get_state())
    return list(argument) if isinstance(argument, list) else argument


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, Tensor):
        alike = old.shape == new.shape and old.dtype == new.dtype
        return alike and torch.allclose(old, new, 0, 0, equal_nan=True)
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


class _Replay:
    """What a variant does, call by call: played as far as anyone has looked, and kept."""

    def __init__(self, begin: Callable[[], Iterator[Seen]]) -> None:
        self._begin = begin
        self._rest, self._lock = begin(), threading.Lock()
        self._seen: list[Seen] = []
        self._error: Exception | None = None

    def __iter__(self) -> Iterator[Seen]:
        for number in count():
            with self._lock:
                if number >= len(self._seen) and not self._goes_on():
                    return
                seen = self._seen[number]
            yield seen

    def _goes_on(self) -> bool:
        if self._error is not None:
            raise self._error.with_traceback(None)
        try:
            self._seen.append(next(self._rest))
        except StopIteration:
            return False
        except Exception as error:
            self._error = error
            raise
        except BaseException:  # a person's interrupt ends the generator in the midst of it
            self._rest, self._seen = self._begin(), []
            raise
        return True


def _replay(
    exercise: Exercise, scenarios: Sequence[Scenario], bugs: tuple[str, ...]
) -> Iterable[Seen]:
    """Return what the variant with these bugs does: the same for whoever is judged by it."""

    def begin() -> Iterator[Seen]:
        variant = exercise.variant(*bugs)
        return _play(scenarios, lambda call: _answer(exercise, variant, call))

    if len(set(bugs) - set(exercise.spellings)) > 1:  # pairs are many, and seldom asked for
        return begin()
    key = (bugs, tuple(map(id, scenarios)), torch.get_default_dtype())
    if key not in exercise.kept:
        exercise.kept[key] = _Replay(begin)
    kept: _Replay = exercise.kept[key]
    return kept


def reference_run(exercise: Exercise, scenarios: Sequence[Scenario]) -> list[Seen]:
    """Return what the reference answers to every call."""
    return list(_replay(exercise, scenarios, ()))


def answers(exercise: Exercise, trace: Trace) -> list[Seen]:
    """Return what the reference answers to the very calls of a trace."""
    right = exercise.variant()
    return [_answer(exercise, right, seen.call) for seen in trace.seen]


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
        key, sentence = trouble.key, trouble.sentence
        if seen and key in ("not_written", "returns_nothing"):
            key = "returns_nothing"
            sentence = say.NO_RETURN_HERE.format(call=in_words(exercise, asked[-1]))
        return Trace(tuple(seen), Failure(key, sentence))
    except Interrupted:
        raise
    except (Exception, OutOfTime, SystemExit, KeyboardInterrupt, GeneratorExit) as error:
        if _late(error):
            line = line_of(function, walk_tb(error.__traceback__))
            form = say.ENDLESS_AT if line else say.ENDLESS
            sentence = form.format(line=line, call=in_words(exercise, asked[-1]))
            return Trace(tuple(seen), Failure("endless", sentence))
        return Trace(tuple(seen), _raised(function, error, in_words(exercise, asked[-1])))
    return Trace(tuple(seen))


def _late(error: BaseException | None) -> bool:
    """Say whether time ended the function: what it was in may raise more on its way out."""
    return isinstance(error, OutOfTime) or (error is not None and _late(error.__context__))


def _looks_like(
    exercise: Exercise, scenarios: Sequence[Scenario], trace: Trace, bugs: tuple[str, ...]
) -> bool:
    """Say whether the variant with these bugs does what the trace shows, call by call."""
    remaining = iter(trace.seen)
    try:
        for theirs in _replay(exercise, scenarios, bugs):
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


_SEVERAL = 3  # calls before an error that tell of another mistake


def diagnose(
    exercise: Exercise, scenarios: Sequence[Scenario], trace: Trace
) -> tuple[Mistake, ...]:
    """Return the one mistake that the trace looks like.

    Where an error that is no part of it ended the calls, those before it tell, if they are several
    and no other mistake fits them.
    """
    found = next(_explanations(exercise, scenarios, trace, 1), ())
    if found or trace.failure is None or not trace.failure.error or len(trace.seen) < _SEVERAL:
        return found
    return _the_only_one(_explanations(exercise, scenarios, Trace(trace.seen), 1))


def diagnose_two(
    exercise: Exercise, scenarios: Sequence[Scenario], trace: Trace
) -> tuple[Mistake, ...]:
    """Return the two mistakes that the trace looks like, if no other two do.

    No single one may explain it: each half alone has been tried and refuted.
    """
    return _the_only_one(_explanations(exercise, scenarios, trace, 2))


def _the_only_one(explanations: Iterator[tuple[Mistake, ...]]) -> tuple[Mistake, ...]:
    first, second = (*islice(explanations, 2), (), ())[:2]
    return () if second else first


def _explanations(
    exercise: Exercise, scenarios: Sequence[Scenario], trace: Trace, size: int
) -> Iterator[tuple[Mistake, ...]]:
    spellings: list[tuple[str, ...]] = [()]
    if size == 1:  # for two it would take long, and say little
        spellings += [(spelling,) for spelling in exercise.spellings]
    for mistakes in combinations(exercise.mistakes, size):
        keys = tuple(mistake.key for mistake in mistakes)
        if any(_looks_like(exercise, scenarios, trace, (*keys, *more)) for more in spellings):
            yield mistakes


_PROBED = 12  # calls of an exercise in which each argument is changed: some early, some late


def _ask(
    exercise: Exercise, function: Callable[..., Any], call: Call, guard: Guard
) -> Values | None:
    """Make a call beyond those of the exercise; None if nothing comes of it."""
    try:
        return guard.run(lambda: _answer(exercise, function, call)).values
    except Interrupted:
        raise
    except BaseException:
        return None


def varies(exercise: Exercise, function: Callable[..., Any], first: Seen, guard: Guard) -> bool:
    """Say whether the first call gives something else when it is made again.

    The comparison is loose: rounding that depends on where a tensor lies is no chance.
    """
    if exercise.ask is not call_plainly:
        return False
    again = _ask(exercise, function, first.call, guard)
    return again is None or not _alike(again, first.values)


def ignored(
    exercise: Exercise, function: Callable[..., Any], seen: Sequence[Seen], guard: Guard
) -> tuple[str, ...]:
    """Return the parameters that make no difference to what is returned, though they should."""
    if exercise.ask is not call_plainly:
        return ()
    right = exercise.variant()
    some = seen[:: max(1, len(seen) // _PROBED)]

    def ignores(name: str) -> bool:
        moved = False
        for each in some:
            for changed in _changed(exercise, each.call, name):
                mine = _ask(exercise, function, changed, guard)
                if mine is None or not _alike(mine, each.values, FINE):
                    return False
                wanted = _answer(exercise, right, each.call).values
                moved = moved or not agree(_answer(exercise, right, changed).values, wanted)
        return moved

    found = tuple(filter(ignores, (*exercise.parameters, *exercise.options)))
    return found if len(found) < len(exercise.parameters) else ()


def _alike(one: Values, two: Values, tolerance: tuple[float, float] | None = None) -> bool:
    return len(one) == len(two) and agree(one, two, tolerance)


def _changed(exercise: Exercise, call: Call, name: str) -> list[Call]:
    """Return the call with one argument another, twice, if it is of a kind that can be."""
    named = given(exercise, call)
    old = named.get(name)
    others: list[Any] = []
    if isinstance(old, float) or (isinstance(old, Tensor) and old.is_floating_point()):
        rolled = old.flatten().roll(1).reshape(old.shape) if isinstance(old, Tensor) else 2 * old
        others = [old * 0.75 + 0.01, rolled * 0.5 + 0.02]  # probabilities stay between 0 and 1
    elif isinstance(old, Tensor):  # classes
        others = [old.roll(1), old.flip(0)]
    elif isinstance(old, int):
        others = [old + 1, 2 * old + 3]

    def with_it(new: Any) -> Call:
        changed = named | {name: new}
        arguments = tuple(changed.pop(parameter) for parameter in exercise.parameters)
        return replace(call, arguments=arguments, options=changed)

    return [with_it(other) for other in others]


def _handed(mine: Any, theirs: Any) -> bool:
    """Say whether both were given the same, as nearly as a state in another dtype can tell."""
    return not isinstance(mine, Tensor) or agree((mine,), (theirs,))


def another_order(exercise: Exercise, trace: Trace, expected: Sequence[Seen]) -> tuple[str, ...]:
    """Return the names of the results in the order in which they came, if that is what is wrong."""
    count = len(exercise.returns)
    if count == 1 or exercise.given_back:
        return ()
    pairs = [
        (mine, theirs)
        for mine, theirs in zip(trace.seen, expected, strict=False)
        if len(mine.values) == len(theirs.values) == count
        and all(map(_handed, mine.call.arguments, theirs.call.arguments))
    ]
    by_shape = any(map(shapes_differ, *zip(*pairs, strict=True))) if pairs else False
    found = []
    for order in islice(permutations(range(count)), 1, None):
        told = [
            (replace(mine, values=tuple(mine.values[i] for i in order)), theirs)
            for mine, theirs in pairs
        ]
        fits = not any(shapes_differ(mine, theirs) for mine, theirs in told)
        if fits and (by_shape or all(agree(m.values, t.values) for m, t in told)):
            found.append(order)
    if len(found) != 1:
        return ()
    came = {place: name for name, place in zip(exercise.returns, found[0], strict=True)}
    return tuple(came[place] for place in range(count))


def _refuse_nothing(function: Callable[..., Any], returned: object) -> None:
    """Tell a function that is not written yet from one that forgot to return."""
    parts = returned if isinstance(returned, tuple | list) else (returned,)
    if any(part is Ellipsis or part is NotImplemented for part in parts):
        raise Unreadable("not_written", say.NOT_WRITTEN)
    if returned is None:
        code = code_of(function)
        if code is not None and _does_nothing(code):
            raise Unreadable("not_written", say.NOT_WRITTEN)
        raise Unreadable("returns_nothing", say.NO_RETURN)


def _documented() -> None:
    """Do nothing."""


def _dotted() -> None: ...


def _constant() -> None:
    return None


_IDLE = {one.opname for idle in (_documented, _dotted, _constant) for one in get_instructions(idle)}
"""What this very Python makes of a body that does nothing: the names change with its versions."""


def _does_nothing(code: CodeType) -> bool:
    """Say whether a body is only a docstring, ``...``, ``pass`` or constants."""
    return all(one.opname in _IDLE for one in get_instructions(code))


def _is_stub(function: Callable[..., Any], error: BaseException) -> bool:
    """Tell a ``raise NotImplementedError`` of the reader's own from one of torch's."""
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    code = code_of(function)
    if where is None or code is None or where.tb_frame.f_code.co_filename != code.co_filename:
        return code is None
    return any(
        one.opname == "RAISE_VARARGS" and one.offset == where.tb_lasti
        for one in get_instructions(where.tb_frame.f_code)
    )


def _raised(function: Callable[..., Any], error: BaseException, call: Text) -> Failure:
    kind = type(error).__name__
    words = re.sub(r"0x[0-9a-fA-F]+", "0x…", _message(error)).strip()
    words = re.sub(r"(?<!\.)\.$", "", words)  # the sentence around it goes on
    stub = isinstance(error, NotImplementedError) and _is_stub(function, error)
    if stub or ("ellipsis" in words and not words.startswith("einsum()")):  # it has its own dots
        return Failure("not_written", say.NOT_WRITTEN)
    line = line_of(function, walk_tb(error.__traceback__))
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
