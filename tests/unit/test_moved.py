"""Names that have moved still work, and say where to."""

from importlib import import_module

import pytest

from coursekit import _moved


@pytest.mark.parametrize("old", _moved.MOVED)
def test_an_old_name_works_and_says_where_to(old: str) -> None:
    module, _, name = old.partition(".")
    home, _, new_name = _moved.MOVED[old].partition(".")
    before = import_module(f"coursekit.{module}")
    said = f"coursekit.{old} is now coursekit.{home}.{new_name}; the old name goes with the next"
    with pytest.warns(DeprecationWarning, match=said) as caught:
        thing = getattr(before, name)
    assert thing is getattr(import_module(f"coursekit.{home}"), new_name)
    assert caught[0].filename == __file__
    assert name not in dir(before)


def test_an_old_name_can_be_imported() -> None:
    code = "from coursekit.penalties import ridge"
    with pytest.warns(DeprecationWarning, match="is now coursekit.linear_models.fit_ridge"):
        exec(code, {})


def test_a_name_that_never_was_is_an_ordinary_error() -> None:
    for module in {old.partition(".")[0] for old in _moved.MOVED}:
        said = f"module 'coursekit.{module}' has no attribute 'nothing'"
        with pytest.raises(AttributeError, match=said):
            import_module(f"coursekit.{module}").nothing  # noqa: B018
