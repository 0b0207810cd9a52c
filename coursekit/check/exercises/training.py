"""When to stop training."""

from coursekit.check._common import case_of
from coursekit.check._declare import exercise
from coursekit.check._exercise import Bugs, Call, Scenario, Script, read_numbers

__all__ = ["early_stopping"]

# --- early stopping -------------------------------------------------------------------------------


def _early_stopping_calls() -> Script:
    runs: tuple[tuple[list[float], int], ...] = (
        ([5.0, 4.0, 3.0, 3.5, 3.2, 3.1, 2.0, 1.0], 2),
        ([5.0, 4.0, 4.5, 3.0, 3.5, 2.0, 2.5, 2.4, 2.3, 1.0], 3),
        ([5.0, 6.0, 5.5, 5.0, 4.0, 4.2, 4.1, 3.0], 3),
        ([3.0, 2.0, 1.0], 2),
        ([3.0, 3.0, 3.0, 3.0, 3.0], 2),
        ([4.0, 3.0, 3.5, 3.2], 4),
        ([0.9, 0.5, 0.7, 0.6, 0.55, 0.4], 3),
        ([2.0, 3.0, 1.0], 1),
        ([2.0], 2),
        ([4.0, 1.0, 3.0, 2.9, 2.8, 2.85], 2),
        ([1.0, 0.99, 0.98, 0.97, 1.2, 0.975, 0.9], 2),  # a little lower is a new best
        ([3.0, 3.5, 3.4, 2.0, 2.5, 2.4, 1.0], 3),  # with which the count begins anew
        ([5e6, 4e6, 4.5e6, 3e6, 3.5e6, 3.2e6, 1e6], 2),  # no loss is too large to be the best
    )
    for number, (losses, patience) in enumerate(runs, 1):
        yield Call(case_of(number), (losses, patience))


@exercise(
    ("last_epoch", "best_epoch"),
    (Scenario(_early_stopping_calls),),
    read=read_numbers,
    measured=False,
)
def early_stopping(bugs: Bugs, losses: list[float], patience: int) -> tuple[int, float]:
    """Check early stopping: training ends after ``patience`` epochs in a row without a new best.

    Function
    --------
    the validation losses, a list of floats, one an epoch, and an int; two epoch numbers back,
    counted from 0: the last one that is run, and the one with the lowest loss up to there (the
    first of equals).

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
        if "waits_on_last" in bugs:  # the best is kept, but the wait is for another fall
            better = loss < losses[epoch - 1]
            if better and loss >= best:
                waited = 0
                continue
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
    if "epoch_before" in bugs and waited >= patience:
        return epoch - 1, best_epoch
    if "length_at_end" in bugs and waited < patience:
        return len(losses), best_epoch
    if "loss_for_epoch" in bugs:
        return epoch, min(losses[: epoch + 1])
    if "counts_from_one" in bugs:
        return epoch + 1, best_epoch + 1
    return (epoch + 1 if "one_epoch_more" in bugs else epoch), best_epoch
