"""Where what is brought along comes in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.accounts.actor import Actor
from service.foundation.blobs import LocalBlobs
from service.foundation.problems import DISK_FULL, Problem
from service.intake.actions import ShareWatch


@dataclass(frozen=True, kw_only=True)
class Door:
    """Where things come in: for whom, and whether there is room (raises a Problem)."""

    actor: Actor
    project_id: int
    blobs: LocalBlobs
    origin: str
    """Where it comes from, as it is said of what somebody else decided there."""
    demand_room: Callable[[int], None]
    """Before so many bytes come. Raises DISK_FULL, PROJECT_FULL."""
    batch: str | None = None
    """By which all that comes through this door is found again, to be undone."""


def room(
    blobs: LocalBlobs, project_id: int, floor_bytes: Callable[[int], int]
) -> Callable[[int], None]:
    """What demands room on the disk and in the project's share. `floor_bytes`: of a disk of that
    size, how much stays free (`Settings.floor_bytes`)."""
    shares = ShareWatch()

    def demand(size: int) -> None:
        disk = blobs.room()
        if disk.free - size < floor_bytes(disk.disk):
            raise Problem(DISK_FULL)
        shares.demand_room(project_id, size)
        shares.count(project_id, size)

    return demand
