"""All SQL about the dialogue log."""
