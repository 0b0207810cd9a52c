"""The progress bar: who sees it, and what it says."""

import io
import re
import sys
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from tqdm import tqdm

from coursekit import _progress
from coursekit.training import fit
from tests.unit.training.cases import built, mse, problem, run


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_progress, "SECONDS_BEFORE_BAR", 0.0)
    monkeypatch.delenv("COURSEKIT_PROGRESS", raising=False)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    state = SimpleNamespace(_allow_stdin=False)
    shell = SimpleNamespace(kernel=state)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    return state


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("terminal", "asks", "setting", "progress", "shown"),
    [
        (True, False, None, None, True),  # a terminal
        (False, True, None, None, True),  # a notebook with a person behind it
        (False, False, None, None, False),  # a notebook executed for storage, a pipe, a test
        (True, True, "0", None, False),
        (False, False, "1", None, True),
        (False, False, "yes", None, False),  # only 0 and 1 mean something
        (False, False, "0", True, True),
        (True, True, "1", False, False),
    ],
)
def test_a_bar_is_shown_to_a_person_who_waits(
    monkeypatch: pytest.MonkeyPatch,
    kernel: SimpleNamespace,
    terminal: bool,
    asks: bool,
    setting: str | None,
    progress: bool | None,
    shown: bool,
) -> None:
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    kernel._allow_stdin = asks
    if setting is not None:
        monkeypatch.setenv("COURSEKIT_PROGRESS", setting)
    run(progress)
    assert ("epoch" in stream.getvalue()) == shown


def test_no_bar_where_nobody_waits_long(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _progress.SECONDS_BEFORE_BAR == 1.0
    monkeypatch.setattr(_progress, "SECONDS_BEFORE_BAR", 1000.0)
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    run(progress=True)
    assert stream.getvalue() == ""


@pytest.mark.usefixtures("impatient")
def test_a_kernel_that_says_nothing_of_questions_has_no_one_behind_it(
    monkeypatch: pytest.MonkeyPatch, kernel: SimpleNamespace
) -> None:
    del kernel._allow_stdin
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    run()
    assert stream.getvalue() == ""


@pytest.mark.usefixtures("impatient")
def test_the_bar_says_what_the_loss_was(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr("tqdm.tqdm", partial(tqdm, mininterval=0))
    model = built(0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    history = fit(model, problem(), mse, optimizer, 3, progress=True)
    for epoch, loss in enumerate(history.frame["train_loss"], start=1):
        assert f"loss {loss:.4g}" in stream.getvalue()
        assert f"{epoch}/3" in stream.getvalue()
    assert re.search(r"[\d?]epoch/s|s/epoch\b", stream.getvalue())
    assert stream.getvalue().split("\r")[-2].strip() == ""  # nothing stays when it is over


def test_an_executed_notebook_stores_no_bar_and_a_waiting_reader_sees_one() -> None:
    from jupyter_client.manager import start_new_kernel

    code = """
import torch
from torch import nn
from coursekit import _progress, training
_progress.SECONDS_BEFORE_BAR = 0.0
model = nn.Linear(1, 1)
data = torch.ones(3, 1), torch.ones(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
_ = training.fit(model, data, nn.functional.mse_loss, optimizer, 3)
"""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        outputs = {}
        for asks in (False, True):
            messages: list[dict[str, Any]] = []
            reply = client.execute_interactive(
                code, allow_stdin=asks, timeout=60, output_hook=messages.append
            )
            assert reply["content"]["status"] == "ok"
            outputs[asks] = [
                message["content"].get("text")
                for message in messages
                if message["msg_type"] not in {"status", "execute_input"}
            ]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert outputs[False] == []
    assert "epoch" in "".join(outputs[True])
