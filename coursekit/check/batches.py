"""Going through the data: mini-batches, and when to stop."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

import torch
from torch import Tensor

from coursekit.check._common import Function, case_of, mistake
from coursekit.check._exercise import (
    Bugs,
    Call,
    Exercise,
    Scenario,
    Script,
    Unreadable,
    Values,
    kind_of,
    read_numbers,
)
from coursekit.check._judge import judge
from coursekit.check._text import Text
from coursekit.check._verdict import Verdict

# --- mini-batches ---------------------------------------------------------------------------------

_MOST = 64  # batches that are looked at: more than any epoch here has

_NOT_BATCHES = Text(
    "batches are to come one after another, each a pair `(X_batch, y_batch)` of tensors with equal "
    "numbers of rows, but your function gives {got}.",
    "应当逐个给出小批量，每个都是行数相同的一对张量 `(X_batch, y_batch)`，"
    "你的函数给出的却是{got}。",
)

Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class _Epochs:
    """Batches of two epochs in a row, and of the first again from the same generator state."""

    n: int
    batches: tuple[list[Any], list[Any], list[Any]]


def _minibatches(
    bugs: Bugs, X: Tensor, y: Tensor, batch_size: int, generator: torch.Generator
) -> Iterator[Batch]:
    n = len(y)
    if "ignores_generator" in bugs:
        generator = torch.default_generator
    if "same_order" in bugs:
        generator = torch.Generator().manual_seed(0)
    order = torch.arange(n)
    if not {"no_shuffle", "only_batches_shuffled"} & bugs:
        order = torch.randperm(n, generator=generator)
    if "with_replacement" in bugs:
        order = torch.randint(n, (n,), generator=generator)
    if "fills_last" in bugs:
        order = torch.cat([order, order[: -n % batch_size]])
    batches = list(torch.split(order, batch_size))
    if "overlapping" in bugs:
        batches = [order[start : start + batch_size] for start in range(n)]
    if "all_at_once" in bugs:
        batches = [order]
    if "single_samples" in bugs:
        batches = list(torch.split(order, 1))
    if "drops_last" in bugs and len(batches[-1]) < batch_size:
        batches = batches[:-1]
    if "one_batch" in bugs:
        batches = batches[:1]
    if "only_batches_shuffled" in bugs:
        batches = [batches[i] for i in torch.randperm(len(batches), generator=generator)]
    if "starts_over" in bugs:
        batches = batches * _MOST
    for rows in batches:
        yield X[rows], y[rows.roll(1)] if "pairs_broken" in bugs else y[rows]


def _three_epochs(
    function: Function, X: Tensor, y: Tensor, batch_size: int, generator: torch.Generator
) -> Any:
    def epoch() -> Any:
        returned = function(X, y, batch_size, generator)
        if isinstance(returned, tuple) and all(isinstance(part, Tensor) for part in returned):
            return [returned]  # one batch, handed back in the place of an iterable of batches
        return list(islice(returned, _MOST)) if isinstance(returned, Iterable) else returned

    start = generator.get_state()
    first = epoch()
    if not isinstance(first, list) or any(part is Ellipsis for part in first):
        return first
    second = epoch()
    generator.set_state(start)
    return _Epochs(len(y), (first, second, epoch()))


def _read_epochs(returned: Any, exercise: Exercise) -> Values:  # noqa: ARG001
    """Say what is true of the batches, whatever their order: sizes from the largest down."""
    if not isinstance(returned, _Epochs):
        raise Unreadable("not_batches", _NOT_BATCHES.format(got=kind_of(returned)))
    first, second, again = ([_rows(batch) for batch in epoch] for epoch in returned.batches)
    sizes = torch.zeros(_MOST, dtype=torch.float64)
    sizes[: len(first)] = torch.tensor(sorted((float(len(rows)) for rows in first), reverse=True))
    order = _in_a_row(first)
    heads = [rows[0] for rows in first if rows]
    mixed = any(b != a + 1 for rows in first for a, b in pairwise(rows))
    facts = (
        set(order) == set(range(returned.n)),
        len(set(order)) == len(order),
        all(_paired(batch) for epoch in returned.batches for batch in epoch),
        mixed,
        mixed or any(b < a for a, b in pairwise(heads)),
        order != _in_a_row(second),
        order == _in_a_row(again),
    )
    return sizes, *(torch.tensor(float(fact), dtype=torch.float64) for fact in facts)


def _rows(batch: Any) -> list[int]:
    """Return which samples a batch holds: their first feature is their number."""
    pair = isinstance(batch, tuple | list) and len(batch) == 2
    if not pair or not all(isinstance(part, Tensor) for part in batch):
        raise Unreadable("not_batches", _NOT_BATCHES.format(got=kind_of(batch)))
    features, targets = batch
    if features.ndim != 2 or targets.shape != features.shape[:1]:
        shapes = " × ".join(str(tuple(part.shape)) for part in batch)
        got = Text("a pair of shapes {shapes}", "形状为 {shapes} 的一对张量").format(shapes=shapes)
        raise Unreadable("not_batches", _NOT_BATCHES.format(got=got))
    return [round(number) for number in features[:, 0].tolist()]


def _in_a_row(epoch: list[list[int]]) -> list[int]:
    return [row for rows in epoch for row in rows]


def _paired(batch: Batch) -> bool:
    features, targets = batch
    return bool(torch.equal(features[:, 0] + 100, targets))


def _minibatch_calls() -> Script:
    for number, (n, batch_size) in enumerate(((34, 4), (32, 4), (20, 32)), 1):
        i = torch.arange(n, dtype=torch.float64)
        generator = torch.Generator().manual_seed(number)
        where = case_of(number)
        yield Call(where, (torch.stack([i, -i], 1), 100 + i, batch_size, generator))


MINIBATCHES = Exercise(
    "minibatches",
    ("X", "y", "batch_size", "generator"),
    (
        "size_of_batch",
        "every_sample_seen",
        "no_sample_twice",
        "pairs_kept",
        "batches_mixed",
        "order_mixed",
        "new_order_each_epoch",
        "same_order_from_same_seed",
    ),
    _minibatches,
    (Scenario(_minibatch_calls),),
    (
        mistake(
            "no_shuffle",
            "batches in the order of the data: nothing is shuffled",
            "按数据原来的次序取批：没有打乱",
            "If the data are sorted by class, what does the first batch look like?",
            "如果数据按类别排好了序，第一个小批量会是什么样？",
        ),
        mistake(
            "only_batches_shuffled",
            "batches shuffled as wholes: the same samples stay together",
            "只打乱了批与批的次序：每批里总是同样的样本",
            "Can the first and the last sample meet in one batch?",
            "第一个和最后一个样本会分到同一批吗？",
        ),
        mistake(
            "same_order",
            "the same order in every epoch",
            "每一轮的次序都一样",
            "Where is the generator seeded? It should move on from epoch to epoch.",
            "生成器是在哪里设种子的？它应当一轮一轮地往下走。",
        ),
        mistake(
            "ignores_generator",
            "an order that is not drawn from `generator`",
            "次序不是由 `generator` 产生的",
            "Run it twice from the same seed: is the order the same?",
            "用同一个种子运行两次，次序相同吗？",
        ),
        mistake(
            "with_replacement",
            "samples drawn with replacement: some come twice, some never",
            "有放回的抽样：有的样本出现两次，有的一次也没有",
            "An epoch visits every sample exactly once.",
            "一轮里每个样本恰好出现一次。",
        ),
        mistake(
            "drops_last",
            "a last batch left out because it is smaller",
            "最后一批因为不满就丢掉了",
            "How many samples are never seen in this epoch?",
            "这一轮里有几个样本没有出现？",
        ),
        mistake(
            "fills_last",
            "a last batch filled up with samples already seen",
            "拿已经出现过的样本补满了最后一批",
            "An epoch visits every sample exactly once; the last batch may be smaller.",
            "一轮里每个样本恰好出现一次，最后一批可以小一些。",
        ),
        mistake(
            "one_batch",
            "the first batch alone",
            "只有第一批",
            "Is there a `return` where a `yield` should stand?",
            "是不是该写 `yield` 的地方写了 `return`？",
        ),
        mistake(
            "all_at_once",
            "one batch of all the data",
            "把全部数据当成了一批",
            "What does `batch_size` do in your function?",
            "`batch_size` 在你的函数里起什么作用？",
        ),
        mistake(
            "single_samples",
            "one sample at a time",
            "一次只取一个样本",
            "What does `batch_size` do in your function?",
            "`batch_size` 在你的函数里起什么作用？",
        ),
        mistake(
            "overlapping",
            "batches that overlap: each begins one sample after the last",
            "相邻的批有重叠：每批只比前一批晚一个样本",
            "By how much does the start move from batch to batch?",
            "从一批到下一批，起点移动多少？",
        ),
        mistake(
            "pairs_broken",
            "features and targets that no longer belong together",
            "特征和标签对不上了",
            "Are both taken with the same row numbers?",
            "两者用的是同一组行号吗？",
        ),
        mistake(
            "starts_over",
            "an epoch that does not end: it starts over",
            "一轮结束不了，又从头开始",
            "After how many batches has every sample been seen?",
            "取多少批之后，每个样本都出现过了？",
        ),
    ),
    read=_read_epochs,
    ask=_three_epochs,
    measured=False,
    facts={
        "every_sample_seen": Text("every sample is seen", "每个样本都出现过"),
        "no_sample_twice": Text("no sample comes twice", "没有样本出现两次"),
        "pairs_kept": Text("features and targets stay together", "特征和标签对得上"),
        "batches_mixed": Text("batches are mixed within", "批内打乱了"),
        "order_mixed": Text("the order is mixed", "次序打乱了"),
        "new_order_each_epoch": Text("the next epoch has a new order", "下一轮换了次序"),
        "same_order_from_same_seed": Text("one seed gives one order", "种子相同，次序也相同"),
    },
)


def minibatches(function: Function) -> Verdict:
    """Check an iteration over mini-batches: every sample once an epoch, in a new random order.

    Parameters
    ----------
    function
        ``function(X, y, batch_size, generator) -> batches``: features ``(n, d)``, targets ``(n,)``,
        an int and a ``torch.Generator``; pairs ``(X_batch, y_batch)`` back, one after another, from
        a generator function, a list or a ``DataLoader``. The last batch may be smaller.

    Returns
    -------
    Verdict
        Right, or what it looks like, with evidence and a hint.

    Raises
    ------
    TypeError
        If ``function`` cannot be called.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_batches(X, y, batch_size, generator):
    ...     for start in range(0, len(y), batch_size):
    ...         yield X[start : start + batch_size], y[start : start + batch_size]
    >>> check.minibatches(my_batches).mistake
    'no_shuffle'
    """
    return judge(MINIBATCHES, function)


# --- early stopping -------------------------------------------------------------------------------


def _early_stopping(bugs: Bugs, losses: list[float], patience: int) -> tuple[int, int]:
    best, best_epoch, waited = losses[0], 0, 0
    if "stops_at_once" in bugs:
        patience = 1
    if "one_too_patient" in bugs:
        patience += 1
    if "one_too_impatient" in bugs:
        patience = max(patience - 1, 1)
    epoch = 0
    for epoch in range(1, len(losses)):
        loss = losses[epoch]
        compared = losses[epoch - 1] if "compares_with_last" in bugs else best
        better = loss <= compared if "ties_count" in bugs else loss < compared
        if "upward" in bugs:
            better = loss > compared
        if better:
            best, best_epoch = loss, epoch
            waited = waited if "not_reset" in bugs else 0
        else:
            waited += 1
            if waited >= patience and "never_stops" not in bugs:
                break
    if "looks_ahead" in bugs:
        best_epoch = min(range(len(losses)), key=losses.__getitem__)
    if "last_for_best" in bugs:
        best_epoch = epoch
    if "counts_back" in bugs:
        best_epoch = max(epoch - patience, 0)
    if "counts_from_one" in bugs:
        return epoch + 1, best_epoch + 1
    return (epoch + 1 if "one_epoch_more" in bugs else epoch), best_epoch


def _early_stopping_calls() -> Script:
    runs: tuple[tuple[list[float], int], ...] = (
        ([5.0, 4.0, 3.0, 3.5, 3.2, 3.1, 2.0, 1.0], 2),
        ([5.0, 4.0, 4.5, 3.0, 3.5, 2.0, 2.5, 2.4, 2.3, 1.0], 3),
        ([5.0, 6.0, 5.5, 5.0, 4.0, 4.2, 4.1, 3.0], 3),
        ([3.0, 2.0, 1.0], 2),
        ([3.0, 3.0, 3.0, 3.0, 3.0], 2),
        ([4.0, 3.0, 3.5, 3.2], 4),
    )
    for number, (losses, patience) in enumerate(runs, 1):
        yield Call(case_of(number), (losses, patience))


EARLY_STOPPING = Exercise(
    "early_stopping",
    ("losses", "patience"),
    ("last_epoch", "best_epoch"),
    _early_stopping,
    (Scenario(_early_stopping_calls),),
    (
        mistake(
            "not_reset",
            "a count that an improvement does not reset",
            "有了进步，计数却没有清零",
            "What should happen to the count when a new best arrives?",
            "出现新的最好成绩时，计数应当怎样？",
        ),
        mistake(
            "compares_with_last",
            "a comparison with the epoch before, not with the best so far",
            "拿来比的是上一轮，而不是迄今最好的一轮",
            "A loss that bounces up and down: is every drop an improvement?",
            "损失上下跳动时，每次往下都算进步吗？",
        ),
        mistake(
            "one_too_patient",
            "a stop one epoch late",
            "晚一轮才停",
            "With `patience = 2`, how many bad epochs in a row does it take?",
            "`patience = 2` 时，连续几轮没有进步就停？",
        ),
        mistake(
            "one_too_impatient",
            "a stop one epoch early",
            "早一轮就停",
            "With `patience = 2`, how many bad epochs in a row does it take?",
            "`patience = 2` 时，连续几轮没有进步就停？",
        ),
        mistake(
            "stops_at_once",
            "a stop at the first epoch that is no better, whatever `patience` is",
            "不管 `patience` 是多少，只要有一轮没有进步就停",
            "What is `patience` for?",
            "`patience` 是做什么用的？",
        ),
        mistake(
            "never_stops",
            "a run to the end: it never stops early",
            "一直跑到最后，从不提前停",
            "What should happen when the count reaches `patience`?",
            "计数达到 `patience` 时应当怎样？",
        ),
        mistake(
            "ties_count",
            "an equal loss counted as an improvement",
            "把相等的损失也当成了进步",
            "If the loss never changes, should training ever stop?",
            "如果损失一直不变，训练应当停吗？",
        ),
        mistake(
            "last_for_best",
            "the last epoch given as the best",
            "把最后一轮当成了最好的一轮",
            "Whose weights are to be restored?",
            "最后要恢复的是哪一轮的权重？",
        ),
        mistake(
            "counts_back",
            "a best epoch that is always `patience` before the last",
            "总把最后一轮之前第 `patience` 轮当成最好的一轮",
            "What if the run ends before the patience does?",
            "如果耐心还没用完训练就结束了呢？",
        ),
        mistake(
            "looks_ahead",
            "a best epoch that was never reached: it lies after the stop",
            "最好的一轮在停止之后，根本没有跑到",
            "Which losses are known when training stops?",
            "停止训练时，知道的是哪些损失？",
        ),
        mistake(
            "counts_from_one",
            "epochs counted from one",
            "轮数从一数起",
            "`losses[0]` is epoch 0.",
            "`losses[0]` 是第 0 轮。",
        ),
        mistake(
            "one_epoch_more",
            "the number of epochs run, not the number of the last one",
            "返回的是跑了几轮，而不是最后一轮的序号",
            "`losses[0]` is epoch 0.",
            "`losses[0]` 是第 0 轮。",
        ),
        mistake(
            "upward",
            "a larger loss counted as an improvement",
            "把更大的损失当成了进步",
            "A loss is better when it is smaller.",
            "损失越小越好。",
        ),
    ),
    read=read_numbers,
    measured=False,
)


def early_stopping(function: Function) -> Verdict:
    """Check early stopping: training ends after ``patience`` epochs in a row without a new best.

    Parameters
    ----------
    function
        ``function(losses, patience) -> (last_epoch, best_epoch)``: the validation losses, a list of
        floats, one an epoch, and an int; two epoch numbers back, counted from 0: the last one that
        is run, and the one with the lowest loss up to there (the first of equals).

    Returns
    -------
    Verdict
        Right, or what it looks like, with evidence and a hint.

    Raises
    ------
    TypeError
        If ``function`` cannot be called.

    Examples
    --------
    >>> from coursekit import check
    >>> def my_stopping(losses, patience):
    ...     best, waited = 0, 0
    ...     for epoch, loss in enumerate(losses):
    ...         if loss < losses[best]:
    ...             best = epoch
    ...         elif epoch > 0:
    ...             waited += 1
    ...         if waited == patience:
    ...             break
    ...     return epoch, best
    >>> check.early_stopping(my_stopping).mistake
    'not_reset'
    """
    return judge(EARLY_STOPPING, function)
