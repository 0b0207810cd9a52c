"""A rule under a schedule: which rate each step gets, and when a new rule is made."""

import pytest
import torch
from torch import Tensor

from coursekit._scheduled import Scheduled
from coursekit.optim import SGD

THETA = torch.ones(3, 2)


def as_it_is(name: str, factor: Tensor, theta: Tensor) -> Tensor:
    assert theta is THETA
    return factor


def test_without_a_schedule_the_rule_stays() -> None:
    rule = SGD(0.5)
    assert Scheduled(rule, None, as_it_is).at(7, THETA) is rule


def test_a_factor_multiplies_the_rate_and_one_that_stays_makes_no_new_rule() -> None:
    factors = [1.0, 0.5, 0.5, 1.0]
    scheduled = Scheduled(SGD(2.0), factors.__getitem__, as_it_is)
    made = [scheduled.at(step, THETA) for step in range(4)]
    assert [rule.lr for rule in made] == [2.0, 1.0, 1.0, 2.0]
    assert made[1] is made[2]


def test_factors_of_a_tensor_are_fitted_and_never_taken_for_the_same() -> None:
    factors: list[float | Tensor] = [
        torch.ones(3, 1),
        torch.ones(3, 1),
        1.0,
        torch.full((3, 1), 0.5),
    ]
    scheduled = Scheduled(SGD(2.0), lambda step: factors[step], as_it_is)
    made = [scheduled.at(step, THETA) for step in range(4)]
    assert torch.equal(torch.as_tensor(made[1].lr), torch.full((3, 1), 2.0))
    assert made[1] is not made[0]
    assert made[2].lr == 2.0
    assert torch.equal(torch.as_tensor(made[3].lr), torch.ones(3, 1))


def test_a_bad_factor_names_its_step() -> None:
    with pytest.raises(ValueError, match=r"^schedule\(4\) must be finite and >= 0"):
        Scheduled(SGD(2.0), lambda step: -1.0, as_it_is).at(4, THETA)
