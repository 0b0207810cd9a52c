"""Train a network, or hundreds of small ones at once, and keep the history.

Both :func:`fit` and :func:`fit_many` count in epochs and record the training loss as it was met: an
epoch's is the mean over its samples, each taken before the update that its batch led to. So with
one batch an epoch, the first row is the loss at the start.
"""

from coursekit.training.history import History
from coursekit.training.many import ManyFits, fit_many
from coursekit.training.one import fit

__all__ = ["History", "ManyFits", "fit", "fit_many"]
