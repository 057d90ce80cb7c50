"""All SQL of pulling data out."""
