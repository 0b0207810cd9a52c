"""Call a function that nobody has read yet: quietly, reproducibly, and not for ever."""

import ctypes
import io
import random
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from types import FrameType
from typing import TypeVar

import numpy as np
import torch

TIME_LIMIT = 10.0
"""Seconds that a reader's function may take over all its calls in one check."""

_INSIST = 0.1  # seconds between reminders, for a function that swallows every exception

T = TypeVar("T")


class OutOfTime(BaseException):
    """Raised inside a function that has run for too long; no ``except Exception`` catches it."""


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
    same seed and are put back afterwards, gradients are recorded, and the time is limited.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self.left = TIME_LIMIT if seconds is None else seconds
        self.heard = Heard()
        self._stack = ExitStack()

    def __enter__(self) -> "Guard":
        self._stack.enter_context(_seeded())
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def run(self, action: Callable[[], T]) -> T:
        """Return ``action()``; raise what it raises, or ``OutOfTime``."""
        begun = time.monotonic()
        try:
            with ExitStack() as stack:
                stack.enter_context(redirect_stdout(self.heard))
                stack.enter_context(redirect_stderr(self.heard))
                stack.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore")
                stack.enter_context(torch.enable_grad())
                stack.enter_context(_time_limit(max(self.left, 1e-3)))
                return action()
        finally:
            self.left -= time.monotonic() - begun


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


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise ``OutOfTime`` in the calling thread after ``seconds``.

    The main thread of a Unix system (a notebook's cells run there) is woken by an alarm signal.
    Elsewhere a second thread asks the interpreter to raise it, which works between two lines of
    Python but cannot interrupt a single long call into C.
    """
    in_main = threading.current_thread() is threading.main_thread()
    by = _alarm if in_main and hasattr(signal, "setitimer") else _watchdog
    with by(seconds):
        yield


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    armed = True

    def ring(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        if armed:
            raise OutOfTime

    old_handler = signal.signal(signal.SIGALRM, ring)
    old_timer = signal.setitimer(signal.ITIMER_REAL, seconds, _INSIST)
    try:
        try:
            yield
        finally:
            armed = False
    finally:  # reached even if the alarm rang between the two
        signal.setitimer(signal.ITIMER_REAL, *old_timer)
        signal.signal(signal.SIGALRM, old_handler)


@contextmanager
def _watchdog(seconds: float) -> Iterator[None]:
    thread = ctypes.c_ulong(threading.get_ident())
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    done = threading.Event()

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            raise_in(thread, ctypes.py_object(OutOfTime))
            wait = _INSIST

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        while watcher.is_alive():
            try:
                done.set()
                watcher.join()
            except OutOfTime:  # it bit once more while being called off
                continue
        raise_in(thread, None)
