"""The verbs of entities. Records apply themselves by a job; people and scripts act here."""

from service.entities.actions.applying import (
    CLAIMED,
    apply_again,
    apply_received,
    at_once,
    force_backlog,
)

__all__ = ["CLAIMED", "apply_again", "apply_received", "at_once", "force_backlog"]
