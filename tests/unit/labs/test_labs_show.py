"""What ``labs.show`` takes and gives, without a browser."""

import json
import re
from fractions import Fraction

import numpy as np
import pytest

from coursekit import check, labs


def test_a_lab_is_plain_html_with_its_name_and_state() -> None:
    html = labs.show("momentum-plane", eta=1.9, kappa=81)._repr_html_()
    assert html.startswith(
        '<div lang="en" class="lab" id="lab-momentum-plane" data-lab="momentum-plane" '
        'data-state="eta:1.9,kappa:81"><p'
    )
    assert html.count("<svg class=") == 2
    assert "<script" not in html
    assert repr(labs.show("momentum-plane")) == "labs.show('momentum-plane')"


def test_without_a_kernel_no_widget_is_made() -> None:
    assert set(labs.show("momentum-plane")._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_a_lab_speaks_the_language_that_was_chosen() -> None:
    try:
        check.language("zh")
        assert '<div lang="zh"' in labs.show("momentum-plane")._repr_html_()
    finally:
        check.language("en")
    assert '<div lang="en"' in labs.show("momentum-plane")._repr_html_()


@pytest.mark.parametrize(
    ("name", "state", "error", "says"),
    [
        ("momentum-plan", {}, ValueError, "name must be one of .* did you mean 'momentum-plane'"),
        (3, {}, TypeError, "name must be one of"),
        ("momentum-plane", {"lr": 1}, ValueError, "the setting must be one of"),
        ("momentum-plane", {"beta": 1.0}, ValueError, r"beta must be in \[0, 0.99\], got 1.0"),
        ("momentum-plane", {"beta": "1"}, TypeError, "beta must be a real number"),
        ("momentum-plane", {"kappa": 5}, ValueError, r"kappa must be one of \[1, 9.*got 5"),
        ("momentum-plane", {"rule": True}, ValueError, "rule must be one of"),
    ],
)
def test_what_a_lab_does_not_take_is_refused(
    name: str, state: dict[str, object], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        labs.show(name, **state)


def test_a_widget_mounts_the_page_s_own_bundle() -> None:
    pytest.importorskip("anywidget")
    widget = labs._widget(labs.show("momentum-plane", eta=1.9))
    assert widget.state == {"eta": 1.9}
    for part in ("labs.js", "lab-momentum-plane.js"):
        assert labs._built(part) in widget._esm
    assert re.search(r"export default courseLab\.default;$", widget._esm)


def test_numbers_of_other_kinds_become_pythons() -> None:
    shown = labs.show(
        "momentum-plane", eta=np.float32(1.5), kappa=np.int64(81), beta=Fraction(1, 2)
    )
    assert repr(shown) == "labs.show('momentum-plane', eta=1.5, kappa=81, beta=0.5)"
    assert json.loads(json.dumps(shown.state)) == {"eta": 1.5, "kappa": 81, "beta": 0.5}
