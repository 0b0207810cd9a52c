"""Many networks at once: each as it would go alone."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from coursekit import optim
from coursekit.schedules import Exponential
from coursekit.training import fit, fit_many
from tests.unit.training.cases import (
    LRS,
    D,
    built,
    generator,
    interrupt_at,
    mse,
    network,
    problem,
    same,
)

RULES = {
    "SGD": optim.SGD(lr=0.1, weight_decay=0.01),
    "Adam": optim.Adam(lr=0.05),
    "SGD, a rate each": optim.SGD(lr=LRS),
    "Adam, all its own": optim.Adam(
        lr=LRS,
        beta1=torch.tensor([0.0, 0.5, 0.9], dtype=D),
        beta2=torch.tensor([0.5, 0.9, 0.99], dtype=D),
        eps=torch.tensor([1e-8, 0.1, 0.5], dtype=D),
        weight_decay=torch.tensor([0.0, 0.1, 0.2], dtype=D),
    ),
}


def alone(rule: Any, run: int) -> Any:
    """The rule with the hyper-parameters that one run has."""
    values = optim.hyper_parameters(rule)
    own = {k: v[run].item() if isinstance(v, Tensor) else v for k, v in values.items()}
    return type(rule)(**own)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("per_run", ["", "data", "batches", "data and batches"])
@pytest.mark.parametrize("batch_size", [None, 4])
def test_many_fits_are_each_what_it_would_be_alone(
    rule: Any, per_run: str, batch_size: int | None
) -> None:
    own_data = "data" in per_run
    datasets = 3 if own_data else None
    train, validation = problem(datasets=datasets), problem(seed=1, datasets=datasets)
    orders: Any = generator(7)
    if "batches" in per_run:
        orders = [generator(seed) for seed in (7, 8, 9)]
    schedule = Exponential(0.95)
    fits = fit_many(
        network,
        train,
        mse,
        rule,
        5,
        seeds=[3, 1, 2],
        batch_size=batch_size,
        validation=validation,
        schedule=schedule,
        generator=orders,
        data_per_run=own_data,
    )
    assert fits.train_loss.shape == fits.validation_loss.shape == (5, 3)  # type: ignore[union-attr]
    for r, seed in enumerate([3, 1, 2]):
        model = built(seed)
        history = fit(
            model,
            (train[0][r], train[1][r]) if own_data else train,
            mse,
            optim.TorchOptimizer(model.parameters(), alone(rule, r)),
            5,
            batch_size=batch_size,
            validation=(validation[0][r], validation[1][r]) if own_data else validation,
            schedule=schedule,
            generator=generator(7 + r if "batches" in per_run else 7),
        ).to_frame()
        same(fits.module(r), model, 1e-10)
        np.testing.assert_allclose(fits.train_loss[:, r], history["train_loss"], rtol=1e-10)
        np.testing.assert_allclose(
            fits.validation_loss[:, r],  # type: ignore[index]
            history["validation_loss"],
            rtol=1e-10,
        )


def test_a_seed_that_comes_again_is_built_once() -> None:
    calls = []

    def make() -> nn.Module:
        calls.append(1)
        return network()

    fits = fit_many(make, problem(), mse, optim.SGD(lr=0.1), 2, seeds=[7, 3, 7])
    alone = fit_many(network, problem(), mse, optim.SGD(lr=0.1), 2, seeds=[3])
    assert len(calls) == 2
    torch.testing.assert_close(fits.theta[0], fits.theta[2], rtol=0.0, atol=0.0)
    torch.testing.assert_close(fits.theta[1], alone.theta[0])


def test_one_seed_or_module_starts_all_configurations() -> None:
    rule = optim.SGD(lr=LRS)
    by_seed = fit_many(network, problem(), mse, rule, 3, seeds=[5])
    module = built(5)
    by_module = fit_many(module, problem(), mse, rule, 3)
    assert torch.equal(by_seed.theta, by_module.theta)
    assert by_seed.theta.shape == (3, 13)
    same(module, built(5))
    assert all(part.training for part in module.modules())
    assert not torch.equal(by_seed.theta[0], by_seed.theta[1])


def test_data_sets_alone_can_make_the_runs() -> None:
    fits = fit_many(built(0), problem(datasets=4), mse, optim.SGD(), 2, data_per_run=True)
    assert fits.interrupted is False
    assert fits.train_loss.shape == (2, 4)
    assert len(set(fits.train_loss[0].tolist())) == 4


def test_a_module_without_configurations_is_one_run() -> None:
    assert fit_many(built(0), problem(), mse, optim.SGD(), 2).train_loss.shape == (2, 1)


def test_a_tensor_without_dimensions_is_one_number() -> None:
    tensor = fit_many(built(0), problem(), mse, optim.SGD(lr=torch.tensor(0.1, dtype=D)), 2)
    number = fit_many(built(0), problem(), mse, optim.SGD(lr=0.1), 2)
    assert torch.equal(tensor.theta, number.theta)


def test_a_schedule_may_differ_by_run() -> None:
    gammas = torch.tensor([0.5, 1.0], dtype=D)
    fits = fit_many(
        built(0), problem(), mse, optim.SGD(lr=LRS[:2]), 4, schedule=Exponential(gammas)
    )
    for r, gamma in enumerate(gammas.tolist()):
        rule = optim.SGD(lr=LRS[r].item())
        one = fit_many(built(0), problem(), mse, rule, 4, schedule=Exponential(gamma))
        torch.testing.assert_close(fits.theta[r], one.theta[0], rtol=1e-12, atol=0)


def test_float32_stays_float32() -> None:
    x, y = (part.float() for part in problem())
    rule = optim.Adam(lr=LRS.float())
    schedule = Exponential(torch.tensor([0.9, 0.8, 0.7], dtype=D))
    fits = fit_many(built(0).float(), (x, y), mse, rule, 2, schedule=schedule)
    assert fits.theta.dtype == fits.train_loss.dtype == torch.float32


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_a_diverging_run_leaves_its_neighbours_bit_for_bit(bad: int) -> None:
    lr = LRS.clone()
    tame = fit_many(network, problem(), mse, optim.SGD(lr=lr), 40, seeds=[0, 1, 2])
    lr[bad] = 1e200
    wild = fit_many(network, problem(), mse, optim.SGD(lr=lr), 40, seeds=[0, 1, 2])
    others = [run for run in range(3) if run != bad]
    assert torch.equal(wild.theta[others], tame.theta[others])
    assert torch.equal(wild.train_loss[:, others], tame.train_loss[:, others])
    assert not wild.train_loss[-1, bad].isfinite()


def test_predictions_are_each_modules_own() -> None:
    x, _ = problem(seed=3)
    fits = fit_many(network, problem(), mse, optim.SGD(lr=0.1), 3, seeds=[0, 1, 2])
    predictions = fits.predict(x)
    assert predictions.shape == (3, 10, 1)
    assert not predictions.requires_grad
    xs = torch.stack([x, x + 1, x + 2])
    own = fits.predict(xs, data_per_run=True)
    for r in range(3):
        torch.testing.assert_close(predictions[r], fits.module(r)(x), rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(own[r], fits.module(r)(xs[r]), rtol=1e-12, atol=1e-12)
        for name, parameter in fits.module(r).named_parameters():
            assert torch.equal(fits.parameters[name][r], parameter)


def test_a_module_of_the_result_is_its_own() -> None:
    fits = fit_many(built(0), problem(), mse, optim.SGD(lr=LRS), 2)
    before = fits.theta.clone()
    one, two = fits.module(1), fits.module(2)
    with torch.no_grad():
        for parameter in one.parameters():
            parameter.zero_()
    assert torch.equal(nn.utils.parameters_to_vector(two.parameters()), before[2])
    assert torch.equal(fits.theta, before)


@pytest.mark.parametrize("validated", [True, False])
def test_many_fits_make_a_tidy_frame(validated: bool) -> None:
    validation = problem(seed=1) if validated else None
    fits = fit_many(built(0), problem(), mse, optim.SGD(lr=LRS), 2, validation=validation)
    frame = fits.to_frame()
    assert frame["epoch"].tolist() == [1, 1, 1, 2, 2, 2]
    assert frame["run"].tolist() == [0, 1, 2] * 2
    np.testing.assert_array_equal(frame["train_loss"], fits.train_loss.flatten())
    assert ("validation_loss" in frame) == validated
    if fits.validation_loss is not None:
        np.testing.assert_array_equal(frame["validation_loss"], fits.validation_loss.flatten())


def test_dropout_draws_for_each_run_and_is_off_when_judged() -> None:
    def make() -> nn.Module:
        return nn.Sequential(nn.Linear(1, 30), nn.Dropout(0.5), nn.Linear(30, 1)).double()

    x, y = problem()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        fits = fit_many(make, (x, y), mse, optim.SGD(lr=0.0), 2, seeds=[0, 0, 0], validation=(x, y))
    assert len(set(fits.train_loss.flatten().tolist())) == 6
    expected = mse(built(0, make).eval()(x), y).item()
    assert fits.validation_loss is not None
    assert fits.validation_loss[0].tolist() == pytest.approx([expected] * 3)
    assert torch.equal(fits.predict(x)[0], fits.predict(x)[1])
    assert not fits.module(0).training


@pytest.mark.parametrize("classes", [True, False])
def test_losses_with_other_targets_work(classes: bool) -> None:
    x = torch.linspace(-1, 1, 12, dtype=D).unsqueeze(-1)
    y = (x[:, 0] > 0).long() if classes else (x > 0).double()
    loss = (
        nn.functional.cross_entropy if classes else nn.functional.binary_cross_entropy_with_logits
    )
    rule = optim.SGD(lr=torch.tensor([1.0, 2.0], dtype=D))
    model = nn.Linear(1, 2 if classes else 1).double()
    fits = fit_many(model, (x, y), loss, rule, 100)
    assert bool((fits.train_loss[-1] < 0.5 * fits.train_loss[0]).all())


def test_inputs_may_be_indices() -> None:
    def make() -> nn.Module:
        return nn.Sequential(nn.Embedding(3, 2), nn.Linear(2, 1)).double()

    x, y = torch.tensor([0, 1, 2, 0]), torch.tensor([[1.0], [2.0], [3.0], [1.0]], dtype=D)
    fits = fit_many(make, (x, y), mse, optim.SGD(lr=0.1), 3, seeds=[0], validation=(x, y))
    model = built(0, make)
    rule = optim.TorchOptimizer(model.parameters(), optim.SGD(lr=0.1))
    fit(model, (x, y), mse, rule, 3, validation=(x, y))
    same(fits.module(0), model, 1e-12)
    torch.testing.assert_close(fits.predict(x)[0], model(x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("validated", [True, False])
@pytest.mark.parametrize(("call", "rows"), [(1, 0), (5, 4)])
def test_ctrl_c_returns_the_fits_so_far(call: int, rows: int, validated: bool) -> None:
    validation = problem(seed=1) if validated else None
    fits = fit_many(
        network,
        problem(),
        interrupt_at(call if not validated else 2 * call - 1),
        optim.SGD(lr=0.1),
        99,
        seeds=[0, 1],
        validation=validation,
    )
    assert fits.interrupted
    assert fits.train_loss.shape == (rows, 2)
    assert (fits.validation_loss is not None) == validated
    if fits.validation_loss is not None:
        assert fits.validation_loss.shape == (rows, 2)
    if rows:
        whole = fit_many(network, problem(), mse, optim.SGD(lr=0.1), rows, seeds=[0, 1])
        assert torch.equal(fits.theta, whole.theta)
        assert torch.equal(fits.train_loss, whole.train_loss)
    assert not fits.theta.requires_grad
    assert len(fits.to_frame()) == 2 * rows


def test_it_trains_where_gradients_are_off_as_fit_does() -> None:
    wanted = fit_many(network, problem(), mse, optim.SGD(lr=0.1), 2, seeds=[0])
    with torch.no_grad():
        fits = fit_many(network, problem(), mse, optim.SGD(lr=0.1), 2, seeds=[0])
    assert torch.equal(fits.theta, wanted.theta)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
def test_what_runs_on_the_cpu_runs_on_cuda() -> None:
    x, y = (part.cuda() for part in problem())
    model = built(0).cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    fit(model, (x, y), mse, optimizer, 3, batch_size=4, generator=generator())
    fits = fit_many(
        network, (x, y), mse, optim.SGD(lr=0.1), 3, seeds=[0], batch_size=4, generator=generator()
    )
    assert fits.theta.device.type == "cuda"
    same(fits.module(0), model, 1e-10)
