"""Call a function that nobody has read yet: quietly, reproducibly, and not for ever."""

import builtins
import ctypes
import io
import linecache
import math
import os
import random
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from inspect import isfunction, unwrap
from pathlib import Path
from traceback import walk_stack
from types import CodeType, FrameType
from typing import Any, TypeVar

import numpy as np
import torch

from coursekit.check import _sentences as say
from coursekit.check._text import current

TIME_LIMIT = 10.0
"""Seconds that a reader's function may take over all its calls in one check."""

PATIENCE = 5.0
"""Seconds past the limit after which it is said that a single call keeps the check waiting."""

_INSIST = 0.1  # seconds between reminders, for a function that swallows every exception

T = TypeVar("T")


_overdue: set[int] = set()
"""The threads in which a function is still running whose time is up."""


class OutOfTime(BaseException):
    """Raised inside a function that has run for too long; no ``except Exception`` catches it.

    A function that catches it all the same is not let off. With the first one begins a trace that
    raises another at the next line, in the handler itself, where the same ``try`` does not catch
    it. Python ends a trace that raises; so when a handler has swallowed one and drops it, the trace
    begins anew. Only a loop around a single call into C goes on until that call returns.
    """

    def __init__(self) -> None:
        _trace_on()

    def __del__(self) -> None:
        _trace_on()


def _trace_on() -> None:
    """From here on, have the function whose time is up asked to end at every line."""
    if threading.get_ident() not in _overdue:
        return
    sys.settrace(_insist)
    frame: FrameType | None = sys._getframe().f_back
    while frame is not None and frame.f_code is not _within.__code__:
        frame.f_trace = _insist
        frame = frame.f_back


def _insist(frame: FrameType, event: str, argument: object) -> Any:  # noqa: ARG001
    """Trace a function whose time is up: at its next line it is asked once more to end."""
    late = threading.get_ident() in _overdue
    if late and event == "line" and frame.f_code.co_filename != __file__:
        raise OutOfTime
    return _insist


class Heard(io.TextIOBase):
    """A stream that keeps the first words written to it, however much is written."""

    def __init__(self, room: int = 200) -> None:
        self.room = room
        self.words = ""

    def writable(self) -> bool:
        """Return True: it takes what is printed."""
        return True

    def write(self, words: str, /) -> int:
        """Keep ``words`` as far as there is room."""
        self.words += words[: max(0, self.room - len(self.words))]
        return len(words)


class Guard:
    """The conditions under which a reader's function is run.

    What it prints is kept back, its warnings are silenced, the random generators start from the
    same seed and are put back afterwards, and so are torch's settings, the working directory, the
    environment and what is replaced in torch or in ``math``; gradients are recorded, and the time
    is limited.

    A single call into C that never looks at signals (a large matrix product, or a sum over a
    ``range``) ends when it ends, however late. Where it lets other threads run, as torch and NumPy
    do, it is said after a while what the check waits for.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.left = TIME_LIMIT
        self.heard = Heard()
        self._late = math.inf
        self._stack = ExitStack()

    def __enter__(self) -> "Guard":
        self._stack.enter_context(_told(self.function, lambda: self._late))
        self._stack.enter_context(_seeded())
        self._stack.enter_context(_settings_kept())
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def run(self, action: Callable[[], T]) -> T:
        """Return ``action()``; raise what it raises, or ``OutOfTime``."""
        begun, modules = time.monotonic(), len(sys.modules)
        self._late = begun + self.left + PATIENCE
        try:
            with ExitStack() as stack:
                stack.enter_context(redirect_stdout(self.heard))
                stack.enter_context(redirect_stderr(self.heard))
                stack.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore")
                stack.enter_context(torch.enable_grad())
                stack.enter_context(_interruptible())
                return _within(max(self.left, 1e-3), action)
        finally:
            self._late = math.inf
            if len(sys.modules) == modules:  # a first import is not the function's time
                self.left -= time.monotonic() - begun


@contextmanager
def _told(function: Callable[..., Any], late: Callable[[], float]) -> Iterator[None]:
    """Say once, where a reader sees it, that the time is up and a single call does not end."""
    thread, page, done = threading.get_ident(), sys.stderr, threading.Event()

    def watch() -> None:
        while not done.wait(PATIENCE / 10):
            if time.monotonic() > late():
                running = [*walk_stack(sys._current_frames().get(thread))]
                line = line_of(function, running[::-1])
                stuck = say.STUCK.format(line=line or "?").spoken(current())
                print(stuck, file=page, flush=True)
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def code_of(function: Callable[..., Any]) -> CodeType | None:
    """Return the code that a call of ``function`` runs, if it is Python's; under decorators too."""
    inner = getattr(function, "func", function)  # functools.partial
    inner = unwrap(inner, stop=lambda one: not isfunction(one))  # an object may claim anything
    if isinstance(inner, torch.nn.Module):
        inner = inner.forward
    if not hasattr(inner, "__code__"):
        inner = getattr(type(inner), "__call__", None)  # noqa: B004 - its code is wanted
    code = getattr(inner, "__code__", None)
    return code if isinstance(code, CodeType) else None


def line_of(function: Callable[..., Any], places: Iterable[tuple[FrameType, int]]) -> str:
    """Return the text of the innermost line of ``function``'s own file, "" if none can be had.

    ``places`` are frames and their lines, as :func:`traceback.walk_tb` gives them: inwards.
    """
    file = getattr(code_of(function), "co_filename", None)
    own = [number for frame, number in places if frame.f_code.co_filename == file]
    return linecache.getline(file, own[-1]).strip() if file and own else ""


@contextmanager
def _seeded() -> Iterator[None]:
    """Seed the CPU's generators, and give them back as they were."""
    before = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
    torch.default_generator.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    random.seed(0)
    try:
        yield
    finally:
        torch.set_rng_state(before[0])
        np.random.set_state(before[1])  # noqa: NPY002
        random.setstate(before[2])


_WATCHED = (torch, torch.nn.functional, torch.Tensor, torch.linalg, math, builtins, np)


@contextmanager
def _settings_kept() -> Iterator[None]:
    """Put back torch's settings, the process's, and what is replaced in a module."""
    dtype, device, where = torch.get_default_dtype(), torch.get_default_device(), Path.cwd()
    environment = dict(os.environ)
    attributes = [(owner, dict(vars(owner))) for owner in _WATCHED]
    modules = set(sys.modules)
    try:
        yield
    finally:
        for owner, before in attributes:
            now = vars(owner)
            replaced = [name for name, value in before.items() if now.get(name) is not value]
            for name in replaced:
                module = getattr(now.get(name), "__module__", None)
                if not module or module in modules:  # else a first import has put it there
                    setattr(owner, name, before[name])
            if isinstance(owner, type):  # an inherited method is hidden, not replaced
                for name in now.keys() - before.keys():
                    delattr(owner, name)
        torch.set_default_dtype(dtype)
        if torch.get_default_device() != device:
            torch.set_default_device(device)
        os.chdir(where)
        if dict(os.environ) != environment:
            os.environ.clear()
            os.environ.update(environment)


class Interrupted(KeyboardInterrupt):
    """A person's own interrupt; one that a function raises itself is an error like any other."""


@contextmanager
def _interruptible() -> Iterator[None]:
    """Tell a person's interrupt from a ``KeyboardInterrupt`` that the function raises."""
    in_main = threading.current_thread() is threading.main_thread()
    old = signal.getsignal(signal.SIGINT) if in_main else None
    if old is not signal.default_int_handler:
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        raise Interrupted

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old)


def _within(seconds: float, action: Callable[[], T]) -> T:
    """Return ``action()``; raise ``OutOfTime`` in it after ``seconds``, and until it ends.

    The main thread of a Unix system (a notebook's cells run there) is woken by an alarm signal.
    Elsewhere a second thread asks the interpreter to raise it, which works between two lines of
    Python but cannot interrupt a single long call into C.
    """
    tracing, thread = sys.gettrace(), threading.get_ident()
    in_main = threading.current_thread() is threading.main_thread()
    call_off = (_alarm if in_main and hasattr(signal, "setitimer") else _watchdog)(seconds)
    try:
        return action()
    finally:
        while True:
            try:
                _overdue.discard(thread)  # or what is called here would be asked to end as well
                sys.settrace(None)
                call_off()
                break
            except OutOfTime:
                continue
        sys.settrace(tracing)


def _importing(frame: FrameType | None) -> bool:
    """Say whether a module is being imported, which must not be left half done."""
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        if frame.f_code is _within.__code__:
            return False
        frame = frame.f_back
    return False


def _alarm(seconds: float) -> Callable[[], object]:
    armed, thread = [True], threading.get_ident()

    def ring(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        if armed and not _importing(frame):
            _overdue.add(thread)
            raise OutOfTime

    old_handler = signal.signal(signal.SIGALRM, ring)
    old_timer = signal.setitimer(signal.ITIMER_REAL, seconds, _INSIST)

    def call_off() -> None:
        armed.clear()
        signal.setitimer(signal.ITIMER_REAL, *old_timer)
        signal.signal(signal.SIGALRM, old_handler)

    return call_off


def _watchdog(seconds: float) -> Callable[[], object]:
    thread, done = threading.get_ident(), threading.Event()
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            if not _importing(sys._current_frames().get(thread)):
                _overdue.add(thread)
                raise_in(ctypes.c_ulong(thread), ctypes.py_object(OutOfTime))
            wait = _INSIST

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()

    def call_off() -> None:
        done.set()
        watcher.join()
        _overdue.discard(thread)

    return call_off
