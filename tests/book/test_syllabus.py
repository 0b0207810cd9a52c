"""Every topic, formula and experiment of the two source notebooks has its section.

A row names the part of a source and what it holds, the chapter and the section's label that take it
up, and a pattern, in code or formulas and so alike in both editions, without which it is not there.
"""

import re
from functools import cache
from typing import NamedTuple

import pytest

from tools.chapters import chapter as notebook
from tools.chapters import figure, words
from tools.outputs import EDITIONS


class Item(NamedTuple):
    source: str
    what: str
    chapter: str
    label: str
    pattern: str


SYLLABUS = [
    Item("2.2.1", "supervised learning", "supervised-learning", "sec-supervised-run", r"\.fit\("),
    Item("2.2.1", "unsupervised learning", "supervised-learning", "sec-supervised-without",
         r"KMeans\("),
    Item("2.2.1", "semi-supervised learning", "supervised-learning", "sec-supervised-semi",
         r"SelfTraining"),
    Item("2.2.1", "reinforcement learning", "supervised-learning", "sec-supervised-bandit",
         r"epsilon"),
    Item("2.2.2", "y = wx + b + e, Gaussian e", "linear-regression", "sec-line-data",
         r"\\mathcal N\(0, \\sigma\^2\)"),
    Item("2.2.2", "the line 5x + 7 on [0, 20]", "linear-regression", "sec-line-data",
         r"\[0, 20\]"),
    Item("2.2.2", "256 points on [0, 1), noise 1/4", "linear-regression", "sec-line-data",
         r'"slope": 5, "intercept": 7, "noise": 1 / 4'),
    Item("2.2.2", "seaborn's lmplot", "linear-regression", "sec-line-data", r"sns\.lmplot\("),
    Item("2.2.2", "a linear model of one feature", "linear-regression", "sec-line-training",
         r"nn\.Linear\(1, 1\)"),
    Item("2.2.2", "MSELoss", "linear-regression", "sec-line-training", r"nn\.MSELoss\(\)"),
    Item("2.2.2", "SGD at 0.01 for 3000 epochs", "linear-regression", "sec-line-training",
         r"lr=0\.01, epochs=3000"),
    Item("2.2.2", "a log every 100 epochs", "linear-regression", "sec-line-training",
         r"range\(0, 3000, 100\)"),
    Item("2.2.2", "learned w, b beside 5 and 7", "linear-regression", "sec-line-training",
         r"\[5\.0, 7\.0\]"),
    Item("2.2.2", "the fit over the data", "linear-regression", "sec-line-training",
         r"plots\.fitted_line\("),
    Item("2.2.3", "L1", "loss-functions", "sec-loss-errors", r"l1_loss"),
    Item("2.2.3", "MSE", "loss-functions", "sec-loss-errors", r"mse_loss"),
    Item("2.2.3", "NLL with weights", "loss-functions", "sec-loss-classes", r"nll_loss"),
    Item("2.2.3", "cross-entropy as log-softmax and NLL", "loss-functions", "sec-loss-classes",
         r"cross_entropy"),
    Item("2.2.3", "BCE with weights", "loss-functions", "sec-loss-binary",
         r"binary_cross_entropy\b"),
    Item("2.2.3", "sigmoid before BCE", "loss-functions", "sec-loss-binary",
         r"binary_cross_entropy_with_logits"),
    Item("2.2.3", "the mean over a mini-batch", "loss-functions", "sec-loss-reductions",
         r"reduction="),
    Item("2.2.4", "gradient", "gradient-descent", "sec-gd-gradient", r"eq-gd-directional"),
    Item("2.2.4", "walking downhill", "gradient-descent", "sec-gd-rule", r"fig-gd-paths"),
    Item("2.2.4", "local minima", "gradient-descent", "sec-gd-basins", r"fig-gd-basins"),
    Item("2.2.4", "saddle points and the Hessian", "gradient-descent", "sec-gd-critical",
         r"eigvalsh"),
    Item("2.2.4", "the 0.5ⁿ argument", "gradient-descent", "sec-gd-critical", r"0\.5\*\*n"),
    Item("2.2.4", "escape and plateaus", "gradient-descent", "sec-gd-escape", r"eq-gd-plateau"),
    Item("2.2.4", "mini-batches", "mini-batch", "sec-mb-regimes", r"eq-mb-step"),
    Item("2.2.4", "DataLoader", "mini-batch", "sec-mb-loader", r"DataLoader\("),
    Item("2.2.4", "cost curves of the regimes", "mini-batch", "sec-mb-curves", r"fig-mb-regimes"),
    Item("2.2.4", "batch sizes, powers of two", "mini-batch", "sec-mb-powers", r"\[30, 31, 32"),
    Item("2.2.4", "torch.optim.SGD with momentum", "momentum", "sec-momentum-torch",
         r'"momentum": 0\.8'),
    Item("2.2.4", "torch.optim.RMSprop", "adaptive-learning-rates", "sec-adaptive-torch",
         r"torch\.optim\.RMSprop"),
    Item("2.2.4", "torch.optim.Adam", "adam", "sec-adam-algorithm", r"torch\.optim\.Adam\("),
    Item("2.2.5", "bias and variance", "bias-variance", "sec-bias-definitions", r"decompose\("),
    Item("2.2.5", "the four targets", "bias-variance", "sec-bias-targets", r"fig-bias-targets"),
    Item("2.2.5", "under- and over-fitting, remedies", "bias-variance", "sec-bias-remedies",
         r"sec-bias-remedies"),
    Item("2.2.5", "5 − w", "bias-variance", "sec-bias-unbiased", r"sec-bias-unbiased"),
    Item("2.2.6", "L1", "regularization", "sec-reg-penalties", r"\\lambda \\sum_j \|w_j\|"),
    Item("2.2.6", "L2", "regularization", "sec-reg-penalties", r"\\lambda \\sum_j w_j\^2"),
    Item("2.2.6", "L1 makes sparse solutions", "regularization", "sec-reg-zeros",
         r"soft_threshold"),
    Item("6.10", "from earlier methods to Adam", "adam", "sec-adam-origin", r"sec-adam-origin"),
    Item("6.10.1", "the first moment", "adam", "sec-adam-equations",
         r"m_t &?= \\beta_1\s?m_\{t-1\} \+ \(1 ?- ?\\beta_1\)"),
    Item("6.10.1", "the second moment", "adam", "sec-adam-equations",
         r"v_t &?= \\beta_2\s?v_\{t-1\} \+ \(1 ?- ?\\beta_2\)"),
    Item("6.10.1", "bias correction", "adam", "sec-adam-bias-correction", r"1 ?- ?\\beta_1\^t"),
    Item("6.10.1", "the update", "adam", "sec-adam-equations", r"\\sqrt\{\\hat v_t\}"),
    Item("6.10.2", "the six steps", "adam", "sec-adam-algorithm", r"sec-adam-algorithm"),
    Item("6.10.3", "y = 3x + 1, 100 points, noise 0.5", "adam", "sec-adam-algorithm",
         r"data\.line\(100, slope=3, intercept=1, noise=0\.5"),
    Item("6.10.3", "Adam at 0.1 for 100 steps", "adam", "sec-adam-algorithm", r"lr=0\.1"),
    Item("6.10.3", "the loss curve, axis 0 to 15", "adam", "sec-adam-algorithm",
         r"set_ylim\(0, 15\)"),
    Item("6.10", "next: learning-rate schedulers", "learning-rate-schedules", "sec-lrs-torch",
         r"lr_scheduler"),
]  # fmt: skip


@cache
def text(edition: str, chapter: str) -> str:
    cells = notebook(chapter, edition).cells
    return "\n".join(
        "\n".join([cell.source, figure(cell).name, *(text for _, text in words(cell))])
        for cell in cells
    )


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("item", SYLLABUS, ids=lambda item: f"{item.source} {item.what}")
def test_the_sources_topics_are_taken_up(item: Item, edition: str) -> None:
    whole = text(edition, item.chapter)
    assert f"({item.label})=" in whole, f"{edition}/{item.chapter} has no section {item.label}"
    assert re.search(item.pattern, whole), f"{edition}/{item.chapter} lacks {item.pattern!r}"


def test_every_part_of_the_sources_is_listed() -> None:
    parts = {"2.2.1", "2.2.2", "2.2.3", "2.2.4", "2.2.5", "2.2.6", "6.10.1", "6.10.2", "6.10.3"}
    assert parts <= {item.source for item in SYLLABUS}
