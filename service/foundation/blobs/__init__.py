"""Bytes by name, clear or sealed: durable before anybody hears of them."""

from service.foundation.blobs.local import CHUNK, Blob, Draft, LocalBlobs, Room

__all__ = ["CHUNK", "Blob", "Draft", "LocalBlobs", "Room"]
