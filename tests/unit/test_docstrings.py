"""Everything public says what it takes, returns and raises, in which shapes, by which equation."""

import inspect
from importlib import import_module
from typing import Any, NamedTuple

import pytest

import coursekit
from coursekit import optim, schedules


class Public(NamedTuple):
    name: str
    thing: Any

    @property
    def text(self) -> str:
        return inspect.getdoc(self.thing) or ""


def public() -> list[Public]:
    found = []
    for module_name in coursekit.__all__:
        module = import_module(f"coursekit.{module_name}")
        names = getattr(module, "__all__", None) or [
            name
            for name, thing in vars(module).items()
            if not name.startswith("_") and getattr(thing, "__module__", "") == module.__name__
        ]
        found += [Public(f"{module_name}.{name}", getattr(module, name)) for name in names]
    return [item for item in found if callable(item.thing)]


PUBLIC = public()
FUNCTIONS = [item for item in PUBLIC if inspect.isfunction(item.thing)]
WITH_EQUATION = [
    *(item for item in FUNCTIONS if item.name.startswith("losses.")),
    *(Public(f"optim.{rule.__name__}", rule) for rule in optim.RULES),
    *(
        item
        for item in PUBLIC
        if isinstance(item.thing, type)
        and issubclass(item.thing, schedules.Schedule)
        and item.thing not in (schedules.Schedule, schedules.Constant)
    ),
]


def ids(item: Public) -> str:
    return item.name


def test_much_is_public() -> None:
    assert len(PUBLIC) > 100
    assert len(WITH_EQUATION) > 20


@pytest.mark.parametrize("item", PUBLIC, ids=ids)
def test_everything_public_is_described(item: Public) -> None:
    assert item.text, f"{item.name} has no docstring"
    assert item.text != inspect.getdoc(object), f"{item.name} has only object's docstring"


@pytest.mark.parametrize("item", FUNCTIONS, ids=ids)
def test_functions_say_what_they_take_return_and_raise(item: Public) -> None:
    signature = inspect.signature(item.thing)
    wanted = []
    if signature.parameters:
        wanted += ["Parameters\n-", "Raises\n-"]
    if signature.return_annotation not in (None, "None"):
        wanted.append("Yields\n-" if inspect.isgeneratorfunction(item.thing) else "Returns\n-")
    missing = [section.split("\n")[0] for section in wanted if section not in item.text]
    if "Yields\n-" in item.text and "Returns" in missing:
        missing.remove("Returns")
    assert not missing, f"{item.name} lacks the section(s) {missing}"
    unnamed = [name for name in signature.parameters if name not in item.text]
    assert not unnamed, f"{item.name} does not name {unnamed}"


@pytest.mark.parametrize("item", FUNCTIONS, ids=ids)
def test_tensors_have_shapes(item: Public) -> None:
    annotations = [str(p.annotation) for p in inspect.signature(item.thing).parameters.values()]
    if any("Tensor" in annotation and "Callable" not in annotation for annotation in annotations):
        said = item.text.lower()
        assert any(word in said for word in ("shape", "(...", "dimension")), (
            f"{item.name} gives no shape"
        )


@pytest.mark.parametrize("item", WITH_EQUATION, ids=ids)
def test_definitions_give_their_equation(item: Public) -> None:
    assert ".. math::" in item.text, f"{item.name} gives no equation"


@pytest.mark.parametrize("rule", optim.RULES, ids=lambda rule: rule.__name__)
def test_rules_name_their_source(rule: type) -> None:
    text = inspect.getdoc(rule) or ""
    assert "References\n-" in text, f"{rule.__name__} names no source"
