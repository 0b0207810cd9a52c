"""The labs' JavaScript, in V8, as bundled: every function and every first number is coursekit's."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from coursekit import labs
from tests.unit.labs.twins import FUNCTIONS, MORE, NUMBERS
from tools import labs as builder

PROBLEMS = 1000
LANGUAGES = ("en", "zh")
PLACE = re.compile(r"\{(\w+)(?::\d)?\}")
NAMES = "Adagrad|Himmelblau|Huber|Nesterov|Polyak|RMSprop|Rosenbrock|tanh"
NUMBER = re.compile(r"\d+(?:\.\d+)?")
every_lab = pytest.mark.parametrize("name", labs.LABS)


@pytest.fixture(scope="module")
def v8() -> Iterator[Any]:
    with builder.engine() as opened:
        yield opened


def ask(v8: Any, code: str) -> Any:
    return builder.asked(v8, code)


def flat(value: Any, sort: bool) -> Any:
    """Return all numbers of an answer in their order, or sorted pair by pair; None as NaN."""
    if sort:
        value = sorted(value, key=lambda pair: (round(pair[0], 9), pair[1]))
    if isinstance(value, list | tuple):
        return [number for each in value for number in flat(each, False)]
    return [np.nan if value is None else value]


def test_every_function_has_a_twin_and_every_lab_its_numbers(v8: Any) -> None:
    assert set(ask(v8, "Object.keys(courseLabs.maths)")) == set(FUNCTIONS)
    assert set(labs.LABS) == set(NUMBERS) == set(builder.names())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_agrees_with_its_twin_on_a_thousand_problems(v8: Any, name: str) -> None:
    twin = FUNCTIONS[name]
    rng = np.random.default_rng(sum(name.encode()))
    problems = [twin.draw(rng) for _ in range(PROBLEMS)]
    given = json.dumps(problems)
    answers = ask(v8, f"{given}.map((problem) => courseLabs.maths.{name}(...problem))")
    for problem, answer in zip(problems, answers, strict=True):
        wanted = flat(twin.solve(*problem), twin.sort)
        np.testing.assert_allclose(
            flat(answer, twin.sort), wanted, rtol=1e-12, atol=1e-12, err_msg=f"{name}{problem}"
        )


def first(name: str) -> dict[str, Any]:
    return {key: setting["value"] for key, setting in labs.LABS[name].items()}


def numbers(v8: Any, name: str, **more: Any) -> Any:
    return ask(v8, f"courseLabs.labs[{name!r}].numbers({json.dumps({**first(name), **more})})")


@pytest.mark.parametrize(
    ("name", "more"), [(name, more) for name in labs.LABS for more in ({}, *MORE.get(name, ()))]
)
def test_a_lab_s_numbers_are_coursekit_s(v8: Any, name: str, more: dict[str, Any]) -> None:
    shown, wanted = numbers(v8, name, **more), NUMBERS[name]({**first(name), **more})
    assert set(shown) == set(wanted)
    for key, value in wanted.items():
        if isinstance(value, int):
            assert shown[key] == value, key
        else:
            assert shown[key] == pytest.approx(value, rel=1e-6, abs=1e-9), key


class Texts(HTMLParser):
    """What a lab says: its texts and names, without the ticks of axes and what a control offers."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.quiet = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.quiet = tag == "option" or given.get("class") == "lab-tick"
        self.said += filter(None, [given.get("aria-label")])

    def handle_data(self, data: str) -> None:
        if not self.quiet:
            self.said.append(data)


@every_lab
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lab_says_no_other_numbers(v8: Any, name: str, language: str) -> None:
    html = ask(v8, f"courseLabs.still(courseLabs.labs[{name!r}], {{}}, {language!r})")
    known = [*NUMBERS[name](first(name)).values()]
    known += [value for value in first(name).values() if not isinstance(value, bool | str)]
    allowed = {f"{abs(value):.{digits}f}" for value in known for digits in range(6)}
    said = [number for text in Texts(html).said for number in NUMBER.findall(text)]
    assert said
    assert set(said) <= allowed


@every_lab
def test_a_lab_speaks_both_languages(v8: Any, name: str) -> None:
    words = ask(v8, f"courseLabs.labs[{name!r}].words")
    assert set(words) == set(LANGUAGES)
    assert set(words["en"]) == set(words["zh"])
    assert {"title", "hint", "alt", *labs.LABS[name]} <= set(words["en"])
    known = {*labs.LABS[name], *numbers(v8, name)}
    for key in words["en"]:
        en, zh = (set(PLACE.findall(words[language][key])) for language in LANGUAGES)
        assert en == zh, key
        assert en <= known, key
        if key != "alt" and "=" not in key:
            plain = re.sub(rf"{NAMES}|\{{\w+", "", words["zh"][key])
            assert not re.search(r"[a-z]{4}", plain), key


@every_lab
def test_a_lab_draws_every_state_that_its_controls_reach(v8: Any, name: str) -> None:
    """Each setting at its ends, alone and with the others: all numbers are plain ones."""
    ends = {
        key: setting.get("choices", [setting.get("min", False), setting.get("max", True)])
        for key, setting in labs.LABS[name].items()
    }
    states = [{key: value} for key, values in ends.items() for value in values]
    states += [{key: values[at] for key, values in ends.items()} for at in (0, -1)]
    for state in states:
        html = ask(v8, f"courseLabs.still(courseLabs.labs[{name!r}], {json.dumps(state)}, 'en')")
        assert not re.search(r"NaN|undefined|Infinity|\de[+-]\d", html), state


@pytest.mark.parametrize(
    ("name", "state", "finding"),
    [
        ("momentum-plane", {"eta": 2, "beta": 0}, "border"),  # it neither grows nor dies down
        ("momentum-plane", {"kappa": 1}, "sliding"),  # the two roots are one, and real
        ("backpropagation-graph", {"net": "skip", "at": "v", "e": 2}, "agrees"),  # for v, not for x
        ("beyond-adam-spectrum", {"sigma4": 0.01, "iterations": 4}, "apart"),  # small no longer
        ("loss-functions-outlier", {"x": 0.2, "y": 3.8}, "near"),  # met, but not far out
        ("supervised-fit", {"degree": 3, "draws": 1}, "over"),  # of low degree, below the noise
    ],
)
def test_a_sentence_stands_only_where_it_is_true(
    v8: Any, name: str, state: dict[str, Any], finding: str
) -> None:
    lab = f"courseLabs.labs[{name!r}]"
    given = json.dumps({**first(name), **state})
    assert ask(v8, f"{lab}.finding({given}, {lab}.numbers({given}))") == finding


def test_states_are_written_read_and_admitted(v8: Any) -> None:
    lab = "courseLabs.labs['momentum-plane']"
    text = "eta:1.904,kappa:81,noise:7,junk:1,toString:1,beta:x"
    asked = f"courseLabs.complete({lab}, courseLabs.read({text!r}))"
    state = ask(v8, asked)
    assert state == {**first("momentum-plane"), "eta": 1.9, "kappa": 81, "noise": 1}
    assert ask(v8, f"courseLabs.written({lab}, {asked})") == "eta:1.9,kappa:81,noise:1"


@pytest.mark.parametrize(
    ("given", "admitted", "shown", "place"),
    [
        ("0.4", 0.398, "0.40", -8),
        (28, 28.2, "28", 29),
        (1e6, 158, "158", 44),
        (-3, 0.01, "0.010", -40),
        ("x", 28.2, "28", 29),
    ],
)
def test_a_log_slider_stands_at_even_places(
    v8: Any, given: float | str, admitted: float, shown: str, place: int
) -> None:
    lab = "courseLabs.labs['regularization-touch']"
    state = json.dumps({"strength": given})
    assert ask(v8, f"courseLabs.complete({lab}, {state}).strength") == admitted
    html = ask(v8, f"courseLabs.still({lab}, {state}, 'en')")
    assert f'<output name="strength-out">{shown}</output>' in html
    assert f'min="-40" max="44" step="1" value="{place}"' in html


def test_what_is_stored_is_what_the_bundles_draw(v8: Any) -> None:
    for file, text in builder.stills(v8).items():
        assert (builder.BUILT / file).read_text(encoding="utf-8") == text, "`make labs` draws it"


def test_looks_are_those_of_the_figures() -> None:
    source = builder.SOURCES / "src"
    written = (source / "palette.js").read_text(encoding="utf-8")
    assert written == builder.palette(), "`make labs` writes it"
