"""The verbs of consent. The order is the promise:

1 what is to be erased is written into the list that outlives backups; 2 one transaction takes
coded rows, XML and files' rows away and leaves tombstones; 3 data keys are destroyed; 4 blobs go;
5 the log is emptied; 6 done. Killed anywhere, it is finished at the next start, before the first
answer, by reading the list again (`replay`).
"""

from service.consent.actions.asking import (
    RECEIVED_NOW,
    Asked,
    ask_by_code,
    ask_by_paper,
    decide,
    withdraw_record,
)
from service.consent.actions.erasing import ERASED, STRUCK
from service.consent.actions.following import erase_late, forget_codes, honour_codes
from service.consent.actions.forgetting import DELETED_FOR, erase_deleted_entities
from service.consent.actions.overwriting import GONE, overwrite_erased, overwrite_soon
from service.consent.actions.refusing import erase_refused
from service.consent.actions.replaying import finish_left, replay
from service.consent.actions.retaining import (
    PERIOD_LOOK,
    Due,
    erase_what_is_over,
    set_periods,
    tell_due,
)
from service.consent.actions.telling import Told, list_told, tell

__all__ = [
    "DELETED_FOR",
    "ERASED",
    "GONE",
    "PERIOD_LOOK",
    "RECEIVED_NOW",
    "STRUCK",
    "Asked",
    "Due",
    "Told",
    "ask_by_code",
    "ask_by_paper",
    "decide",
    "erase_deleted_entities",
    "erase_late",
    "erase_refused",
    "erase_what_is_over",
    "finish_left",
    "forget_codes",
    "honour_codes",
    "list_told",
    "overwrite_erased",
    "overwrite_soon",
    "replay",
    "set_periods",
    "tell",
    "tell_due",
    "withdraw_record",
]
