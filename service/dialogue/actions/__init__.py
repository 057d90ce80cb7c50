"""The verbs of the dialogue log; here, what happens after them."""

TOLD = "dialogue.told"
"""Something of what goes back to communes changed: lists on phones follow. Its subject is nothing
that is stored."""
REMOVED = "dialogue.removed"
"""A meeting was removed. The subject is the key of its words, which is destroyed."""

__all__ = ["REMOVED", "TOLD"]
