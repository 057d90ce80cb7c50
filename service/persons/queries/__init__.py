"""All SQL about persons of records, pairs of them, and what was decided."""
