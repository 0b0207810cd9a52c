# ruff: noqa: A002, A006 - torch calls it input
"""A function that cannot be compared: each kind of trouble has its own plain sentence."""

import contextlib
import hashlib
import math
import os
import queue
import random
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import FrozenInstanceError, replace
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from coursekit import check
from coursekit.check import Evidence, Text, Verdict, _guard, _play, _sentences, _show
from coursekit.check._exercise import Call, Exercise
from coursekit.check._judge import judge

Function = Callable[..., Any]

every_exercise = pytest.mark.parametrize(
    "exercise", check.EXERCISES.values(), ids=lambda exercise: exercise.name
)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_guard, "TIME_LIMIT", 0.3)


@pytest.fixture
def chinese() -> Iterator[None]:
    check.language("zh")
    yield
    check.language("en")


def with_signature(exercise: Exercise, body: str, **names: Any) -> Function:
    """Write a function with the exercise's parameters and this body."""
    scope: dict[str, Any] = {"torch": torch, "time": time, **names}
    lines = "\n    ".join(body.splitlines())
    exec(f"def mine({', '.join(exercise.parameters)}):\n    {lines}\n", scope)
    return scope["mine"]  # type: ignore[no-any-return]


# --- not written yet ------------------------------------------------------------------------------


def does_little(theta: Tensor, grad: Tensor, lr: float) -> None:
    theta = theta


def test_a_body_that_does_something_is_written() -> None:
    assert check.gd_step(does_little).mistake == "returns_nothing"


class Module(torch.nn.Module):
    def forward(self, theta: Tensor, grad: Tensor, lr: float) -> Tensor:
        return theta - lr * torch.cut(grad)  # type: ignore[attr-defined,no-any-return]


class Calls:
    def __call__(self, theta: Tensor, grad: Tensor, lr: float) -> Tensor:
        return theta - lr * torch.cut(grad)  # type: ignore[attr-defined,no-any-return]


@torch.no_grad()
def not_begun(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    raise NotImplementedError


@torch.no_grad()
def empty(theta: Tensor, grad: Tensor, lr: float) -> None:
    """Write me."""


@torch.no_grad()
def fails_at_a_line(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    return theta - lr * torch.cut(grad)  # type: ignore[attr-defined,no-any-return]


def test_under_a_decorator_a_function_is_read_as_it_stands() -> None:
    assert check.gd_step(not_begun).mistake == "not_written"
    assert check.gd_step(empty).mistake == "not_written"
    for answer in (fails_at_a_line, Module(), Calls()):
        told = check.gd_step(answer).sentence.en
        assert "at its line `return theta - lr * torch.cut(grad)" in told


class HasEverything:
    def __getattr__(self, name: str) -> "HasEverything":
        return HasEverything()

    def __call__(self, theta: Tensor, grad: Tensor, lr: float) -> None:
        theta = theta


def test_an_object_with_every_attribute_is_no_decorator() -> None:
    assert check.gd_step(HasEverything()).mistake == "returns_nothing"


def test_an_error_of_torchs_is_no_stub() -> None:
    def mine(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
        out: Tensor = torch.linalg.solve(theta.half().diag(), grad.half())
        return out

    verdict = check.gd_step(mine)
    assert verdict.mistake == "raises"


def test_a_branch_without_a_return_is_told_of_its_call() -> None:
    def mine(losses: list[float], patience: int) -> Any:
        for epoch in range(len(losses)):
            if epoch - losses.index(min(losses[: epoch + 1])) >= patience:
                return epoch, losses.index(min(losses[: epoch + 1]))
        return None

    verdict = check.early_stopping(mine)
    assert verdict.mistake == "returns_nothing"
    assert "on some calls only (case 4, with `losses = [3.0, 2.0, 1.0]`" in verdict.sentence.en


STUBS = [
    "...",
    "pass",
    '"""Write me."""',
    "raise NotImplementedError",
    "raise NotImplementedError('your turn')",
    "return ...",
    "return ..., ...",
    "return None",
    "return NotImplemented",
    "x = ...\nreturn x",
    "x = ...\nreturn 2 * x",
]


@every_exercise
@pytest.mark.parametrize("body", STUBS)
def test_a_starter_is_not_written_yet(exercise: Exercise, body: str) -> None:
    verdict = judge(exercise, with_signature(exercise, body))
    assert not verdict.passed
    assert verdict.mistake == "not_written"
    assert verdict.sentence == _sentences.NOT_WRITTEN
    assert verdict.evidence is None


# --- one sentence each ----------------------------------------------------------------------------


def changes_theta(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    theta -= lr * grad
    return theta


def changes_grad(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    return theta - grad.mul_(lr)


def prints_only(theta: Tensor, grad: Tensor, lr: float) -> None:
    print(theta - lr * grad)  # noqa: T201


def prints_too(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    print("lr", lr)  # noqa: T201
    print("to stderr", file=sys.stderr)  # noqa: T201
    return theta - lr * grad


def forgets_return(theta: Tensor, grad: Tensor, lr: float) -> None:
    theta = theta - lr * grad


def misspells(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    return theta - lr * gard  # type: ignore[name-defined, no-any-return] # noqa: F821


def leaves(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    sys.exit("bye")


def recurses(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    return recurses(theta, grad, lr)


async def steps_later(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    return theta - lr * grad


async def yields_later(theta: Tensor, grad: Tensor, lr: float) -> AsyncIterator[Tensor]:
    yield theta - lr * grad


def leaves_a_trace(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    theta.requires_grad_()
    return theta - lr * grad


TROUBLE: list[tuple[Function, str, str]] = [
    (changes_theta, "in_place", "changes its argument `theta` in place"),
    (changes_grad, "in_place", "changes its argument `grad` in place"),
    (prints_only, "prints_instead", "prints its result instead of returning it"),
    (forgets_return, "returns_nothing", "Is its `return` missing?"),
    (misspells, "raises", "NameError: name 'gard' is not defined"),
    (leaves, "raises", "SystemExit: bye"),
    (recurses, "raises", "RecursionError"),
    (lambda theta, grad: theta - grad, "arguments", "`(theta, grad, lr)`"),
    (lambda: None, "arguments", "takes `()`"),
    (lambda theta, grad, lr, *, more: theta, "arguments", "`(theta, grad, lr, *, more)`"),
    (lambda theta, grad, *, lr=0.1: theta - lr * grad, "arguments", "takes `(theta, grad, *, lr)`"),
    (lambda grad, theta, lr: theta - lr * grad, "argument_order", "`(grad, theta, lr)`"),
    (lambda theta, lr, grad: theta - lr * grad, "argument_order", "`(theta, lr, grad)`"),
    (lambda theta, grad, lr: (theta - lr * grad,), "not_a_tensor", "a tuple of 1"),
    (lambda theta, grad, lr: (theta - lr * grad).tolist(), "not_a_tensor", "must be a tensor"),
    (lambda theta, grad, lr: (theta - lr * grad).numpy(), "not_a_tensor", "type ndarray"),
    (lambda theta, grad, lr: "theta", "not_a_tensor", "type str"),
    (lambda theta, grad, lr: {"theta": theta}, "not_a_tensor", "type dict"),
    (lambda theta, grad, lr: theta - lr * 1j * grad, "not_a_tensor", "a complex tensor"),
    (lambda theta, grad, lr: theta > lr * grad, "not_a_tensor", "a tensor of True and False"),
    (
        lambda theta, grad, lr: torch.quantize_per_tensor(theta.float(), 1, 0, torch.qint8),
        "not_a_tensor",
        "a tensor of torch.qint8",
    ),
    (
        lambda theta, grad, lr: torch.nested.nested_tensor([theta]),
        "not_a_tensor",
        "a nested tensor",
    ),
    (lambda theta, grad, lr: theta.to("meta") - lr, "no_data", "lives on the device `meta`"),
    (lambda theta, grad, lr: (yield theta - lr * grad), "generator", "where it says `yield`"),
    (lambda theta, grad, lr: (x for x in theta - lr * grad), "generator", "returns a generator"),
    (steps_later, "coroutine", "`def` in place of `async def`"),
    (yields_later, "coroutine", "`def` in place of `async def`"),
    (leaves_a_trace, "tracked", "leaves `requires_grad` set on its argument `theta`"),
    (torch.nn.MSELoss, "a_class", "`MSELoss()`"),
    (lambda theta, grad, lr: (theta - lr * grad)[None], "wrong_shape", "(1, 3) where (3,)"),
    (lambda theta, grad, lr: (theta - lr * grad).sum(), "wrong_shape", "() where (3,)"),
]


@pytest.mark.parametrize(
    ("function", "key", "words"),
    TROUBLE,
    ids=lambda part: getattr(part, "__name__", str(part))[:24],
)
def test_each_trouble_has_its_sentence(function: Function, key: str, words: str) -> None:
    verdict = check.gd_step(function)
    assert not verdict.passed
    assert verdict.mistake == key, verdict
    assert words in verdict.sentence.en
    assert (verdict.hint == _sentences.IN_PLACE_HINT) == (key == "in_place")
    assert (verdict.hint == _sentences.TRACKED_HINT) == (key == "tracked")
    assert "Traceback" not in repr(verdict)
    assert "coursekit" not in repr(verdict)


def test_a_long_message_is_cut_and_a_line_of_160_is_not() -> None:
    def told(message: str) -> str:
        def mine(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
            raise ValueError(message)

        return check.gd_step(mine).sentence.en

    assert "x" * 160 in told("x" * 160 + "\nand more")
    assert "more" not in told("x" * 160 + "\nand more")
    assert f"{'x' * 157}..." in told("x" * 161)
    assert "x" * 158 not in told("x" * 161)


@pytest.mark.parametrize(
    ("checker", "close"),
    [
        (check.mse_loss, lambda off: lambda input, target: F.mse_loss(input, target) * (1 + off)),
        (check.exponential_schedule, lambda off: lambda step, gamma: gamma**step * (1 + off)),
    ],
    ids=["a tensor", "a number"],
)
@pytest.mark.parametrize(("off", "digits"), [(3e-6, 5), (3e-8, 7), (1e-12, None)])
def test_an_answer_close_enough_hears_how_many_digits_agree(
    checker: Callable[[Function], Verdict],
    close: Callable[[float], Function],
    off: float,
    digits: int | None,
) -> None:
    verdict = checker(close(off))
    assert verdict.passed
    said = [note.en for note in verdict.notes if "digits rather than" in note.en]
    assert said == ([] if digits is None else [_sentences.FEW_DIGITS.format(digits=digits).en])


def test_a_parameter_that_makes_a_small_difference_is_not_ignored() -> None:
    def mine(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
        return theta.cos() * (1 + 1e-7 * lr) + grad

    assert check.gd_step(mine).mistake is None


def test_every_kind_of_argument_is_shown_as_it_would_be_typed() -> None:
    exercise = check.EXERCISES["minibatches"]
    arguments = (torch.ones(5, 3), torch.tensor([1.0, 0.5]), 4, torch.Generator())
    words = _show.in_words(exercise, Call(Text("here", "这里"), arguments))
    assert words == Text(
        "here, with `X = tensor(shape (5, 3))`, `y = [1, 0.5]`, `batch_size = 4`, "
        "`generator = torch.Generator()`",
        "这里，`X = tensor(shape (5, 3))`，`y = [1, 0.5]`，`batch_size = 4`，"
        "`generator = torch.Generator()`",
    )


@pytest.mark.parametrize(
    ("function", "key", "hint"),
    [
        (leaves_a_trace, "tracked", _sentences.TRACKED_HINT),
        (lambda theta, grad, lr: theta + 3 * lr * grad, "factor", _sentences.ALWAYS_TIMES_HINT),
        (lambda theta, grad, lr: theta / 0, "not_finite", _sentences.NOT_FINITE_HINT),
    ],
)
def test_what_was_printed_is_noted_beside_what_is_wrong(
    function: Function, key: str, hint: Text
) -> None:
    def mine(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
        sys.stdout.write("here")
        return function(theta, grad, lr)  # type: ignore[no-any-return]

    verdict = check.gd_step(mine)
    assert verdict.mistake == key
    assert verdict.hint == hint
    assert verdict.notes == (_sentences.PRINTED,)


def test_every_kind_of_trouble_is_tried_here() -> None:
    keys = {key for _, key, _ in TROUBLE}
    elsewhere = {"ignored", "factor", "not_finite", "stateful", "wrong_order"}
    elsewhere |= {
        "not_written",
        "endless",
        "detached",
        "wrong_count",
        "not_a_number",
        "not_batches",
    }
    assert keys | elsewhere == {
        *("not_written", "returns_nothing", "prints_instead", "raises", "endless", "in_place"),
        *("not_a_tensor", "not_a_number", "not_batches", "wrong_count", "wrong_shape"),
        *("detached", "arguments", "argument_order", "generator", "coroutine", "a_class"),
        *("no_data", "ignored", "factor", "not_finite", "stateful", "tracked", "wrong_order"),
    }


@pytest.mark.parametrize(
    ("checker", "function", "hint"),
    [
        (check.mse_loss, lambda a, b: ((a - b) ** 2).mean(0), _sentences.NOT_ONE_NUMBER),
        (check.mse_loss, lambda a, b: F.mse_loss(a, b)[None], _sentences.OTHER_ARRANGEMENT),
        (check.gd_step, lambda a, g, lr: (a - lr * g).flatten(), _sentences.OTHER_ARRANGEMENT),
        (check.gd_step, lambda a, g, lr: (a - lr * g).sum(), _sentences.ONLY_ONE_NUMBER),
        (check.cross_entropy_backward, lambda x, t: x.sum(0), _sentences.TOO_FEW_DIMENSIONS),
        (check.gd_step, lambda a, g, lr: a[:, None] - lr * g, _sentences.TOO_MANY_DIMENSIONS),
        (check.gd_step, lambda a, g, lr: (a - lr * g)[:2], _sentences.OTHER_SIZES),
    ],
)
def test_what_a_wrong_shape_leaves_possible_is_said(
    checker: Function, function: Function, hint: Text
) -> None:
    verdict = checker(function)
    assert (verdict.mistake, verdict.hint) == ("wrong_shape", hint)


def test_the_line_that_failed_is_shown() -> None:
    sentence = check.gd_step(misspells).sentence
    assert "at its line `return theta - lr * gard" in sentence.en
    assert "`return theta - lr * gard" in sentence.zh
    assert "theta = [1.5, -2, 0.5]" in sentence.en
    assert check.gd_step(partial(misspells)).sentence == sentence


def test_an_error_that_cannot_say_its_words_is_named_without_them() -> None:
    class Silent(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def mine(theta: Tensor, grad: Tensor, lr: float, error: BaseException) -> Tensor:
        raise error

    said = [check.gd_step(partial(mine, error=error)).sentence for error in (Silent(), Silent(" "))]
    assert "at its line `raise error`: Silent (case 1" in said[0].en
    assert said[0] == said[1]


def test_an_error_inside_a_helper_points_to_the_readers_own_line() -> None:
    def helper(grad: Tensor) -> Tensor:
        return grad.reshape(7)

    def mine(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
        return theta - lr * helper(grad)

    assert "at its line `return grad.reshape(7)`" in check.gd_step(mine).sentence.en


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (lambda theta, m: theta, "one tensor"),
        (lambda theta, m: (theta, m), "a tuple of 2"),
        (lambda theta, m: [theta, m, m, m], "a list of 4"),
        (lambda theta, m: {"theta": theta, "m": m, "v": m}, "type dict"),
        (lambda theta, m: theta.sum().item(), "type float"),
    ],
)
def test_the_wrong_number_of_results(returned: Function, words: str) -> None:
    verdict = check.adam(lambda theta, grad, m, v, t, lr, b1, b2, eps: returned(theta, m))
    assert verdict.mistake == "wrong_count"
    assert "3 things are to be returned, `theta, m, v`" in verdict.sentence.en
    assert words in verdict.sentence.en


def test_one_number_is_no_pair() -> None:
    assert check.mse_gradient(lambda w, b, X, y: 1.0).mistake == "wrong_count"


@pytest.mark.parametrize(
    "returned", ["1", None, torch.ones(2), (1.0,), 1j, True, torch.tensor(1j), [], {}]
)
def test_what_is_no_number(returned: Any) -> None:
    verdict = check.exponential_schedule(lambda step, gamma: [gamma, returned][1])
    assert verdict.mistake == ("returns_nothing" if returned is None else "not_a_number")
    nowhere = check.exponential_schedule(lambda step, gamma: torch.ones((), device="meta"))
    assert nowhere.mistake == "no_data"
    assert "lives on the device `meta`" in nowhere.sentence.en
    assert check.early_stopping(lambda losses, patience: 3).mistake == "wrong_count"
    text = check.early_stopping(lambda losses, patience: ("1", 2))
    assert text.mistake == "not_a_number"
    assert "type str" in text.sentence.en


@pytest.mark.parametrize(
    ("batches", "words"),
    [
        (lambda X, y: 7, "type int"),
        (lambda X, y: [X, y], "one tensor"),
        (lambda X, y: [(X, y, X)], "a tuple of 3."),
        (lambda X, y: [X.max(0)], "shapes (2,) and (2,)"),
        (lambda X, y: [torch.linalg.svd(X)], "a linalg_svd of 3: `U`, `S`, `Vh`."),
        (lambda X, y: [(X[0], y[0])], "shapes (2,) and ()"),
        (lambda X, y: [(X[:3], y[:2])], "shapes (3, 2) and (2,)"),
        (lambda X, y: [([1, 2], [3, 4])], "a tuple of 2"),
    ],
)
def test_what_are_no_batches(batches: Function, words: str) -> None:
    verdict = check.minibatches(lambda X, y, batch_size, generator: batches(X, y))
    assert verdict.mistake == "not_batches"
    assert words in verdict.sentence.en


@pytest.mark.parametrize(
    "cut",
    [
        lambda loss: loss.detach(),
        lambda loss: torch.tensor(loss.item(), dtype=loss.dtype),
        lambda loss: loss.data,
        lambda loss: torch.tensor(loss.item(), requires_grad=True),
        lambda loss: loss.detach().requires_grad_(),
    ],
)
def test_a_loss_that_has_lost_its_gradient(cut: Function) -> None:
    verdict = check.mse_loss(lambda input, target: cut(((input - target) ** 2).mean()))
    assert verdict.mistake == "detached"


def test_a_loss_whose_gradient_alone_is_wrong() -> None:
    def mine(input: Tensor, target: Tensor) -> Tensor:
        return ((input - target) * (input - target).detach()).mean()

    verdict = check.mse_loss(mine)
    assert verdict.mistake is None
    assert verdict.evidence is not None
    assert verdict.evidence.where.en == "gradient"
    assert verdict.evidence.place == "d/d input[0, 0]"
    assert verdict.consequence is not None
    assert "0.5 times what it should be" in verdict.consequence.en


def test_a_list_that_is_changed_in_place_is_noticed() -> None:
    def mine(step: int, milestones: list[int], gamma: float) -> float:
        milestones.sort()
        return gamma ** sum(m <= step for m in milestones)

    verdict = check.multi_step_schedule(mine)
    assert verdict.mistake == "in_place"
    assert "`milestones`" in verdict.sentence.en
    assert verdict.hint == _sentences.IN_PLACE_HINT_OF_A_LIST


def test_what_is_printed_is_kept_back(capsys: pytest.CaptureFixture[str]) -> None:
    verdict = check.gd_step(prints_too)
    assert verdict.passed
    assert "also prints" in repr(verdict)
    assert check.gd_step(prints_only).mistake == "prints_instead"
    assert capsys.readouterr() == ("", "")


def test_what_is_written_to_either_stream_is_told() -> None:
    def mine(theta: Tensor, grad: Tensor, lr: float, stream: str, factor: float) -> Tensor:
        getattr(sys, stream).write("here")
        return theta - lr * grad * factor

    for stream in ("stdout", "stderr"):
        for factor in (1.0, math.nan):
            verdict = check.gd_step(partial(mine, stream=stream, factor=factor))
            assert verdict.passed == (factor == 1)
            assert verdict.notes == (_sentences.PRINTED,)


@every_exercise
def test_only_what_is_no_function_raises(exercise: Exercise) -> None:
    checker = getattr(check, exercise.name)
    for wrong in (3, None, "adam", exercise.variant):
        if callable(wrong):
            assert not checker(wrong).passed
        else:
            with pytest.raises(TypeError, match=r"^function must be a function \("):
                checker(wrong)


# --- endless loops --------------------------------------------------------------------------------


def loops(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    while True:
        theta = theta - lr * grad


def loops_stubbornly(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    while True:
        try:
            theta = theta - lr * grad
        except BaseException:
            lr = 2 * lr


def loops_and_passes(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def sleeps_and_passes(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            continue


def swallows(theta: Tensor, lr: float) -> Tensor:
    try:
        while lr:
            theta = theta - lr
    except BaseException:
        return theta
    return theta


def loops_over_a_helper_that_swallows(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    while True:
        try:
            theta = swallows(theta, lr)
            theta = swallows(theta, lr)
        except BaseException as error:
            lr = 1.0 if error else 2.0


def loops_in_suppress(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    while True:
        with contextlib.suppress(BaseException):
            while True:
                theta = theta - lr * grad


def loops_and_goes_on(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    while True:
        try:
            while True:
                try:
                    theta = theta - lr * grad
                finally:
                    lr = 2 * lr
        except BaseException:
            continue


def sleeps(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    while True:
        time.sleep(0.01)


def loops_later(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    while lr > 1:
        pass
    return theta - lr * grad


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    "function",
    [
        loops,
        loops_stubbornly,
        loops_and_passes,
        loops_over_a_helper_that_swallows,
        loops_in_suppress,
        loops_and_goes_on,
        sleeps_and_passes,
        sleeps,
        loops_later,
    ],
)
@pytest.mark.parametrize("in_thread", [False, True], ids=["main thread", "another thread"])
def test_an_endless_loop_is_ended(function: Function, in_thread: bool) -> None:
    found: list[Verdict] = []
    begun = time.monotonic()
    if in_thread:
        thread = threading.Thread(target=lambda: found.append(check.gd_step(function)))
        thread.start()
        thread.join(30)
    else:
        found.append(check.gd_step(function))
    assert time.monotonic() - begun < 20
    (verdict,) = found
    assert verdict.mistake == "endless"
    assert "does not come to an end" in verdict.sentence.en


@pytest.mark.usefixtures("short")
def test_an_endless_loop_without_a_line_to_show_is_told_without_one() -> None:
    verdict = judge(
        check.EXERCISES["gd_step"], with_signature(check.EXERCISES["gd_step"], "while True: pass")
    )
    assert verdict.sentence.en.startswith("your function does not come to an end (")


def sleeps_long(theta: Tensor, grad: Tensor, lr: float) -> None:
    time.sleep(10**6)


def waits_for_a_lock(theta: Tensor, grad: Tensor, lr: float) -> None:
    lock = threading.Lock()
    with lock, lock:
        pass


def waits_for_a_queue(theta: Tensor, grad: Tensor, lr: float) -> None:
    queue.Queue[int]().get()


def searches(theta: Tensor, grad: Tensor, lr: float) -> None:
    re.match(r"(a+)+$", "a" * 40 + "b")


def waits_for_a_process(theta: Tensor, grad: Tensor, lr: float) -> None:
    subprocess.run([sys.executable, "-c", "import time; time.sleep(1000)"], check=True)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    ("function", "line"),
    [
        (sleeps_long, "time.sleep(10**6)"),
        (waits_for_a_lock, "with lock, lock:"),
        (waits_for_a_queue, "queue.Queue[int]().get()"),
        (searches, 're.match(r"(a+)+$", "a" * 40 + "b")'),
        (waits_for_a_process, "subprocess.run([sys.executable, "),
    ],
)
def test_one_call_without_end_is_ended(function: Function, line: str) -> None:
    begun = time.monotonic()
    verdict = check.gd_step(function)
    assert time.monotonic() - begun < 10
    assert verdict.mistake == "endless", verdict
    assert f"time was up at its line `{line}" in verdict.sentence.en


def calls_once(rounds: int) -> Function:
    """Return a function that is in one call which lets other threads run and can't be ended."""

    def mine(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
        hashlib.pbkdf2_hmac("sha512", b"", b"", rounds)
        return theta - lr * grad

    return mine


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_call_that_cannot_be_ended_is_told_of_while_it_runs(
    language: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_guard, "PATIENCE", 0.2)
    check.language(language)
    try:
        verdict = check.gd_step(calls_once(1_500_000))
    finally:
        check.language("en")
    line = 'hashlib.pbkdf2_hmac("sha512", b"", b"", rounds)'
    told = _sentences.STUCK.format(line=line).spoken(language)
    assert capsys.readouterr().err.splitlines() == [told]
    assert verdict.mistake == "endless"
    assert f"`{line}`" in verdict.sentence.en


def test_nothing_is_told_of_a_call_in_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_guard, "PATIENCE", 0.01)
    assert check.gd_step(calls_once(1_000)).passed
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("in_thread", [False, True], ids=["main thread", "another thread"])
def test_a_module_is_imported_whole_though_the_time_is_up(
    in_thread: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"slow_to_come_{in_thread}"
    (tmp_path / f"{name}.py").write_text("import time\ntime.sleep(1)\nwhole = True\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    def mine(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
        __import__(name)
        return theta - lr * grad

    found: list[Verdict] = []
    if in_thread:
        thread = threading.Thread(target=lambda: found.append(check.gd_step(mine)))
        thread.start()
        thread.join(30)
    else:
        found.append(check.gd_step(mine))
    assert sys.modules.pop(name).whole
    assert len(found) == 1


def test_too_much_memory_is_an_error_like_any_other() -> None:
    verdict = check.gd_step(lambda theta, grad, lr: np.ones(10**15))
    assert verdict.mistake == "raises"
    assert "MemoryError: Unable to allocate" in verdict.sentence.en


@pytest.mark.usefixtures("short")
def test_batches_without_end_are_no_endless_loop() -> None:
    def mine(X: Tensor, y: Tensor, batch_size: int, generator: torch.Generator) -> Iterator[Any]:
        while True:
            yield X[:batch_size], y[:batch_size]

    assert check.minibatches(mine).mistake != "endless"


def test_a_person_can_interrupt() -> None:
    def mine(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
        signal.raise_signal(signal.SIGINT)
        return theta

    # A shell that starts the tests in the background has them ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            check.gd_step(mine)
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit, SystemExit, StopIteration])
def test_what_a_function_raises_itself_is_an_error_like_any_other(error: Any) -> None:
    def mine(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
        raise error

    verdict = check.gd_step(mine)
    assert verdict.mistake == "raises"
    assert error.__name__ in verdict.sentence.en


# --- nothing is left behind -----------------------------------------------------------------------


def test_a_diagnosis_draws_nothing_from_the_readers_generator() -> None:
    before = torch.get_rng_state()
    minibatches = check.EXERCISES["minibatches"]
    assert judge(minibatches, minibatches.variant("starts_over")).mistake == "starts_over"
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.usefixtures("short")
def test_the_world_is_as_it_was() -> None:
    def mine(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
        torch.rand(3), np.random.rand(3), random.random()  # noqa: NPY002
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)
        os.chdir("/")
        os.environ["OF_THE_READER"] = "1"
        for owner, name in ((torch, "mean"), (torch.Tensor, "sum"), (math, "sqrt")):
            setattr(owner, name, abs)
        warnings.warn("from the reader", UserWarning, stacklevel=1)
        return theta - lr * grad

    def state() -> tuple[Any, ...]:
        return (
            torch.get_rng_state().tolist(),
            np.random.get_state()[1].tolist(),  # type: ignore[index] # noqa: NPY002
            random.getstate(),
            torch.is_grad_enabled(),
            signal.getsignal(signal.SIGALRM),
            signal.getitimer(signal.ITIMER_REAL),
            warnings.filters[:],
            torch.get_default_dtype(),
            torch.get_default_device(),
            Path.cwd(),
            dict(os.environ),
            (torch.mean, torch.Tensor.sum, math.sqrt),
            sys.gettrace(),
            sys.stdout,
            sys.stderr,
            threading.active_count(),
        )

    before = state()
    assert check.gd_step(mine).passed
    assert check.gd_step(loops).mistake == "endless"
    assert state() == before


def test_a_readers_own_alarm_is_put_back() -> None:
    rung = []
    old = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 60)
        assert check.gd_step(lambda theta, grad, lr: theta - lr * grad).passed
        assert 50 < signal.getitimer(signal.ITIMER_REAL)[0] <= 60
        assert not rung
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


@every_exercise
def test_the_same_answer_gets_the_same_verdict(exercise: Exercise) -> None:
    for mistake in exercise.mistakes[:4]:
        first, second = (judge(exercise, exercise.variant(mistake.key)) for _ in range(2))
        assert first == second
        assert first._repr_html_() == second._repr_html_()


def test_no_address_is_shown() -> None:
    class Odd:
        def __call__(self, theta: Tensor, grad: Tensor, lr: float) -> Tensor:
            raise ValueError(f"{self!r} is at a loss")

    shown = check.gd_step(Odd())
    assert "0x…" in repr(shown)
    assert check.gd_step(Odd())._repr_html_() == shown._repr_html_()


def test_it_works_without_gradients_and_in_double_by_default() -> None:
    torch.set_default_dtype(torch.float64)
    try:
        with torch.no_grad():
            assert check.mse_loss(torch.nn.functional.mse_loss).passed
            assert check.adam(check.EXERCISES["adam"].variant()).passed
    finally:
        torch.set_default_dtype(torch.float32)


def test_who_makes_a_tensor_of_the_notebook_s_precision_is_told_so() -> None:
    def ridge(X: Tensor, y: Tensor, strength: float) -> tuple[Tensor, Tensor]:
        middle, level = X.mean(0), y.mean()
        gram = (X - middle).T @ (X - middle) + strength * torch.eye(X.shape[1])
        w = torch.linalg.solve(gram, (X - middle).T @ (y - level))
        return w, level - middle @ w

    def square(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
        return theta - torch.eye(len(theta) + 1) @ grad * lr

    torch.set_default_dtype(torch.float64)
    try:
        refused, other = check.ridge(ridge), check.gd_step(square)
    finally:
        torch.set_default_dtype(torch.float32)
    assert refused.mistake == other.mistake == "raises"
    assert "give it the input's dtype" in repr(refused)
    assert "dtype" not in repr(other)
    assert "请取输入的 dtype" in repr(replace(refused, language="zh"))


# --- the typical learner --------------------------------------------------------------------------


class Nasty:
    """A value that fails whatever it is asked."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)


SLIPS: list[Callable[[Function], Function]] = [
    lambda right: lambda *a: right(*a[::-1]),
    lambda right: lambda *a: right(a[1], a[0], *a[2:]),
    lambda right: lambda *a: (right(*a), None)[1],
    lambda right: lambda *a: a[0],
    lambda right: lambda *a: a,
    lambda right: lambda *a: str(right(*a)),
    lambda right: lambda *a: [right(*a)],
    lambda right: lambda *a: (right(*a),) * 2,
    lambda right: lambda *a: 0,
    lambda right: lambda *a: float("nan"),
    lambda right: lambda *a: torch.zeros(()),
    lambda right: lambda *a: torch.zeros(0),
    lambda right: lambda *a: torch.full((3,), torch.nan),
    lambda right: lambda *a: torch.eye(3).to_sparse(),
    lambda right: lambda *a: torch.zeros(3, device="meta"),
    lambda right: lambda *a: torch.zeros(3, dtype=torch.bool),
    lambda right: lambda *a: (torch.zeros(3),) * 3,
    lambda right: lambda *a: [[]],
    lambda right: lambda *a: Nasty(),
    lambda right: lambda *a: right,
    lambda right: lambda *a: right(*a[:-1]),
    lambda right: lambda *a: 1 / 0,
    lambda right: lambda *a: {}[a[0]],
    lambda right: lambda *a: (yield right(*a)),
]


SYMMETRIC = ("mse_loss", "l1_loss", "huber_loss", "inverse_time_schedule")


@every_exercise
def test_no_slip_passes_and_none_raises(
    exercise: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_guard, "TIME_LIMIT", 1.0)
    right = exercise.variant()
    for slip in SLIPS[2:] if exercise.name in SYMMETRIC else SLIPS:
        verdict = getattr(check, exercise.name)(slip(right))
        assert not verdict.passed, verdict
        assert repr(verdict)
        assert "<div" in verdict._repr_html_()


def test_odd_callables_are_called_or_explained() -> None:
    assert check.gd_step(torch.sub).mistake is not None or not check.gd_step(torch.sub).passed
    assert not check.gd_step(print).passed
    assert not check.gd_step(Nasty).passed
    assert not check.gd_step(int).passed
    assert not check.gd_step(max).passed
    assert check.gd_step(partial(lambda k, theta, grad, lr: theta - k * lr * grad, 1)).passed
    assert check.gd_step(lambda theta, grad, lr=0.1, extra=None: theta - lr * grad).passed
    assert check.gd_step(lambda *arguments: arguments[0] - arguments[2] * arguments[1]).passed
    assert check.gd_step(lambda a, b, c: a - c * b).passed


ODD_VALUES = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.builds(torch.zeros, st.lists(st.integers(0, 3), max_size=3)),
    st.builds(np.zeros, st.integers(0, 3)),
)


@given(
    st.sampled_from(sorted(check.EXERCISES)),
    st.recursive(ODD_VALUES, lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner)),
)
def test_whatever_comes_back_there_is_a_verdict(name: str, value: Any) -> None:
    verdict = getattr(check, name)(lambda *arguments: value)
    assert isinstance(verdict, Verdict)
    assert not verdict.passed
    assert repr(verdict)
    assert verdict._repr_html_()


# --- what is shown --------------------------------------------------------------------------------


class Page(HTMLParser):
    """Collect the tags and attributes of a piece of HTML, and see that they are closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        assert self.open or not data.strip(), "words stand outside of everything"
        self.words += data


def wrong_sign(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
    return theta + lr * grad


def test_the_html_is_plain_and_accessible() -> None:
    verdict = check.gd_step(wrong_sign)
    page = Page(verdict._repr_html_())
    assert page.words.split()[:2] == ["✗", "gd_step:"]
    right = check.gd_step(check.EXERCISES["gd_step"].variant())
    assert Page(right._repr_html_()).words.split()[:2] == ["✓", "gd_step:"]
    names = [tag for tag, _ in page.tags]
    assert page.tags[0][0] == "div"
    assert page.tags[0][1]["lang"] == "en"
    assert "caption" in names
    assert names.count("th") == names.count("td") == 4
    assert all(attributes == {"scope": "col"} for tag, attributes in page.tags if tag == "th")
    assert names.count("details") == names.count("summary") == 1
    allowed = {"div", "p", "strong", "code", "table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert set(names) <= allowed | {"details", "summary"}
    for tag, attributes in page.tags:
        styled = {"div": {"lang", "style"}, "table": {"style"}, "caption": {"style"}}
        assert set(attributes) <= styled.get(tag, {"scope"})
        style = attributes.get("style") or ""
        assert "background" not in style
        assert " color" not in style.replace("color: inherit", "")


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_border_is_seen_on_white_and_on_black() -> None:
    for verdict in (check.gd_step(wrong_sign), Verdict("x", True, None, Text("yes", "对"))):
        style = verdict._repr_html_()
        colour = style[style.index("#") :][:7]
        assert (1.05) / (luminance(colour) + 0.05) >= 3
        assert (luminance(colour) + 0.05) / 0.05 >= 3


def test_text_and_html_say_the_same() -> None:
    verdict = check.gd_step(wrong_sign)
    words = Page(verdict._repr_html_()).words
    assert verdict.evidence is not None
    assert verdict.consequence is not None
    assert verdict.hint is not None
    for part in (verdict.evidence.yours, verdict.evidence.expected, verdict.evidence.place):
        assert f"<td><code>{part}</code></td>" in verdict._repr_html_()
        assert str(part) in words
        assert str(part) in repr(verdict)
    assert '<tr><th scope="col">where</th><th scope="col">value</th>' in verdict._repr_html_()
    for text in (verdict.consequence, verdict.hint, verdict.sentence):
        assert text.en.replace("`", "") in words
        assert text.en in repr(verdict)
    assert repr(verdict).startswith("✗ gd_step: this looks like a step uphill")


def test_a_question_is_answered_in_words_in_both_languages() -> None:
    verdict = judge(
        check.EXERCISES["minibatches"], check.EXERCISES["minibatches"].variant("same_order")
    )
    assert "the next epoch has a new order: yours no, expected yes." in repr(verdict)
    assert "<td>no</td><td>yes</td>" in verdict._repr_html_()
    chinese = replace(verdict, language="zh")
    assert "“下一轮换了次序”这一点：你的结果不成立，应当成立。" in repr(chinese)
    assert "<td>不成立</td><td>成立</td>" in chinese._repr_html_()


@pytest.mark.parametrize(
    ("moved", "words"),
    [
        (lambda step: 1.01 * step, None),
        (lambda step: 1.5 * step, "you move 1.5 times as far as you should."),
        (lambda step: 1234 * step, "you move 1,200 times as far as you should."),
        (lambda step: -0.00012345 * step, "the opposite direction, 0.00012 times as far"),
        (lambda step: -step, "you move as far as you should, in exactly the opposite direction."),
        (lambda step: step * torch.tensor([-1.0, 0.5, 0.5]).to(step), "more against the right"),
        (lambda step: step * torch.tensor([-1.0, 3.0, 3.0]).to(step), None),  # nearly square to it
        (lambda step: step * torch.tensor([3.0, 1.0, 1.0]).to(step), None),  # no one factor
        (lambda step: 0 * step, "you do not move at all."),
        (lambda step: step * torch.inf, None),
    ],
)
def test_how_far_one_moves_is_said(moved: Function, words: str | None) -> None:
    def mine(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
        return theta - (moved(lr * grad) if lr == 0.1 else lr * grad)  # no factor of every call

    consequence = check.gd_step(mine).consequence
    assert (consequence is None) == (words is None)
    assert (words or "") in (consequence.en if consequence else "")


def test_a_factor_is_told_only_where_it_holds_of_every_entry() -> None:
    right = check.EXERCISES["soft_threshold"].variant()
    factor = check.soft_threshold(lambda x, threshold: 3 * right(x, threshold))
    assert factor.mistake == "factor"
    assert factor.hint == _sentences.ALWAYS_TIMES_HINT
    assert "in every call, what you return is 3 times what it should be" in factor.sentence.en
    turned = check.soft_threshold(lambda x, threshold: -3 * right(x, threshold))
    assert turned.mistake == "factor"
    assert "−3 times what it should be" in turned.sentence.en
    mixed = check.soft_threshold(lambda x, threshold: 3 * right(x, threshold) + (x == 0))
    assert mixed.mistake != "factor"
    assert not mixed.consequence
    some = check.huber_loss(  # one call's factor, not every call's
        lambda input, target, delta: F.huber_loss(input, target, delta=delta) * (1 + delta)
    )
    assert some.mistake != "factor"
    assert some.consequence is not None
    assert "`loss` is 2 times what it should be." in some.consequence.en
    chance = check.mse_loss(lambda input, target: (input - target).abs().pow(3).mean())
    assert chance.mistake is None
    assert chance.consequence is None


def test_one_result_that_is_always_off_by_one_factor_is_told() -> None:
    right = check.EXERCISES["mse_gradient"].variant()
    verdict = check.mse_gradient(lambda w, b, X, y: (right(w, b, X, y)[0], -right(w, b, X, y)[1]))
    assert verdict.mistake == "factor"
    assert "`db` has exactly the opposite sign; the rest is right" in verdict.sentence.en
    assert verdict.hint == _sentences.ALWAYS_OPPOSITE_HINT
    solve = check.EXERCISES["least_squares"].variant()
    verdict = check.least_squares(lambda X, y: -solve(X, y))
    assert "what you return has exactly the opposite sign" in verdict.sentence.en


def test_a_step_that_is_always_too_long_by_one_factor_is_told() -> None:
    def half(theta: Tensor, grad: Tensor, m: Tensor, v: Tensor, t: int, *hyper: float) -> Any:
        new, m, v = check.EXERCISES["adam"].variant()(theta, grad, m, v, t, *hyper)
        return (theta + new) / 2, m, v

    verdict = check.adam(half)
    assert verdict.mistake == "factor"
    assert "`theta` moves 0.5 times as far as it should" in verdict.sentence.en
    assert verdict.consequence is None  # all is said
    back = check.gd_step(lambda theta, grad, lr: theta + 3 * lr * grad)
    assert back.consequence is not None
    assert "in the opposite direction, 3 times as far" in back.consequence.en
    unsteady = check.gd_step(lambda theta, grad, lr: theta - lr**2 * grad)
    assert unsteady.mistake is None


@pytest.mark.parametrize(("dtype", "wrong_by"), [(torch.float16, 0.05), (torch.bfloat16, 0.2)])
def test_half_precision_is_judged_by_the_digits_that_it_has(
    dtype: torch.dtype, wrong_by: float
) -> None:
    assert check.gd_step(lambda theta, grad, lr: (theta - lr * grad).to(dtype)).passed
    wrong = check.gd_step(lambda theta, grad, lr: ((1 + wrong_by) * (theta - lr * grad)).to(dtype))
    assert not wrong.passed


def test_results_in_another_order_are_told_by_their_shapes_even_if_they_are_wrong() -> None:
    right = check.EXERCISES["matmul_backward"].variant()
    verdict = check.matmul_backward(lambda a, b, g: [2 * one for one in right(a, b, g)[::-1]])
    assert verdict.mistake == "wrong_order"
    yours, wanted = (
        ", ".join(check.EXERCISES["matmul_backward"].returns[::way]) for way in (-1, 1)
    )
    assert verdict.sentence == _sentences.WRONG_ORDER.format(yours=yours, wanted=wanted)


def test_what_a_person_interrupts_is_played_from_the_beginning() -> None:
    interrupts: list[BaseException] = [KeyboardInterrupt()]

    def begin() -> Iterator[Any]:
        yield "one"
        if interrupts:
            raise interrupts.pop()
        yield "two"

    replay = _play._Replay(begin)
    with pytest.raises(KeyboardInterrupt):
        list(replay)
    assert [*map(str, replay)] == ["one", "two"]


def test_of_much_that_is_printed_the_first_words_are_kept() -> None:
    heard = _guard.Heard(room=5)
    assert [heard.write(words) for words in ("abc", "defg", "h")] == [3, 4, 1]
    assert heard.words == "abcde"


def test_what_a_result_depends_on_is_not_told_as_ignored() -> None:
    def error_rate(input: Tensor, target: Tensor) -> Tensor:
        return (input.argmax(1) != target).double().mean()  # the same for a scaled input

    assert check.nll_loss(error_rate).mistake not in ("ignored", "right")

    def swapped(step: int, step_size: int, gamma: float) -> float:
        return gamma ** (step_size // max(step, 1))  # often the same, not always

    assert check.step_schedule(swapped).mistake != "ignored"
    told = check.adam(lambda p, g, m, *rest: check.EXERCISES["adam"].variant()(p, g, 0 * m, *rest))
    assert told.mistake == "ignored"
    assert "does not depend on `m`." in told.sentence.en
    assert told.hint == _sentences.IGNORED_HINT

    def exact(matrix: Tensor, a: float, b: float, c: float, steps: int) -> Any:
        U, _, V = torch.linalg.svd(matrix, full_matrices=False)
        return U @ V

    told = check.newton_schulz(exact)
    assert "does not depend on `a`, `b`, `c` or `steps`." in told.sentence.en
    assert told.hint == _sentences.IGNORED_HINT_OF_SEVERAL


def test_of_much_that_was_given_the_shapes_are_told() -> None:
    told = check.matmul_backward(lambda a, b, g: (g @ b, a.mT @ g)).sentence.en
    assert "(2x4 and 3x4) (case 1, with `a = tensor(shape (2, 3))`, `b = tensor(" in told


def test_a_mistake_has_its_name_though_a_later_call_stops_with_an_error() -> None:
    wrong = check.EXERCISES["early_stopping"].variant("loss_for_epoch")

    def mine(losses: list[float], patience: int) -> tuple[int, float]:
        if len(losses) == 1:
            raise ValueError("too short")
        return wrong(losses, patience)  # type: ignore[no-any-return]

    verdict = check.early_stopping(mine)
    assert verdict.mistake == "loss_for_epoch"
    assert "too short" in verdict.notes[0].en

    def soon(losses: list[float], patience: int) -> tuple[int, float]:
        if patience == 3:
            raise ValueError("no patience")
        return wrong(losses, patience)  # type: ignore[no-any-return]

    assert check.early_stopping(soon).mistake is None  # one call would tell too little


def test_chance_is_told_and_rounding_is_not() -> None:
    verdict = check.gd_step(lambda theta, grad, lr: theta - lr * grad * torch.rand_like(grad))
    assert verdict.mistake == "stateful"

    def single(X: Tensor, y: Tensor) -> Tensor:  # wrong in a way that is no chance
        noise = 1e-7 * torch.rand(X.shape[1]).to(X)
        return X.T @ y + noise

    assert check.least_squares(single).mistake == "no_inverse"


def test_the_readers_words_are_escaped() -> None:
    def mine(theta: Tensor, grad: Tensor, lr: float) -> Tensor:
        raise ValueError("<script>alert('{call} & `x`')</script>")

    html = check.gd_step(mine)._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    Page(html)


@pytest.mark.usefixtures("chinese")
def test_in_chinese() -> None:
    verdict = check.gd_step(wrong_sign)
    assert verdict.language == "zh"
    assert repr(verdict).startswith("✗ gd_step：很像这样的错误：")
    page = Page(verdict._repr_html_())
    assert page.tags[0][1]["lang"] == "zh-CN"
    assert "结果最先不一致的地方" in page.words
    assert "提示" in page.words
    assert "Hint" not in page.words
    assert repr(check.gd_step(lambda theta, grad, lr: theta - lr * grad)).startswith(
        "✓ gd_step：正确"
    )


def test_the_language_is_set_in_the_open() -> None:
    with pytest.raises(ValueError, match="code must be one of"):
        check.language("de")
    with pytest.raises(TypeError, match="code must be one of"):
        check.language(None)  # type: ignore[arg-type]
    before = check.gd_step(wrong_sign)
    check.language("zh")
    after = check.gd_step(wrong_sign)
    check.language("en")
    assert "Hint" in repr(before)
    assert "提示" in repr(after)
    assert "Hint" in repr(check.gd_step(wrong_sign))


def test_a_verdict_is_frozen_and_has_a_truth() -> None:
    verdict = Verdict("x", True, None, Text("right.", "正确。"))
    assert verdict
    assert not Verdict("x", False, "key", Text("wrong.", "不对。"))
    with pytest.raises(FrozenInstanceError):
        verdict.passed = False  # type: ignore[misc]
    assert Evidence(Text("step 1", "第 1 步"), "theta", "1", "2", ()).place == "theta"
