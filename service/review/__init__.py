"""People looking at what was sent. Keeps nothing; promises that each look has a purpose, that the
person allowed it, and that the audit log says so."""
