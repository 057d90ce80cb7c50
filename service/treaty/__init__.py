"""The People's Treaty: who signed counts once, in a log that anybody can check and that names
nobody (docs/treaty.md)."""
