"""Taking in what arrives. The order is the promise: bytes durable, rows committed, then answered.

1 read the envelope; 2 make the files it names durable; 3 one transaction: row, XML, audit entry,
job; 4 only then the caller may say 201. What a phone cannot repair is kept for people, not
refused.
"""

from service.intake.actions.accepting import accept
from service.intake.actions.erasing import key_instances
from service.intake.actions.late_edits import link_waiting_edits
from service.intake.actions.pieces import drop_stale
from service.intake.actions.preparing import prepare_files
from service.intake.actions.receipts import RECEIVED, Receipt
from service.intake.actions.reception import Reception
from service.intake.actions.sealing_stored import seal_stored
from service.intake.actions.shares import ShareWatch, count_anew, set_share
from service.intake.actions.showing import content
from service.intake.actions.sweeping import drop_unneeded, sweep_blobs
from service.intake.actions.trials import forget_old_trials, forget_trials
from service.intake.queries.receiving import FILES_ARRIVED

__all__ = [
    "FILES_ARRIVED",
    "RECEIVED",
    "Receipt",
    "Reception",
    "ShareWatch",
    "accept",
    "content",
    "count_anew",
    "drop_stale",
    "drop_unneeded",
    "forget_old_trials",
    "forget_trials",
    "key_instances",
    "link_waiting_edits",
    "prepare_files",
    "seal_stored",
    "set_share",
    "sweep_blobs",
]
