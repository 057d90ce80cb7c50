"""All SQL about cases."""
