"""People looking at what was sent. Keeps states, comments and readings; promises that each look has
a purpose, that the person allowed it, and that the audit log says so."""
