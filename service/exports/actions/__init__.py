"""The verbs of pulling data out."""
