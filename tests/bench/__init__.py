"""`make bench`: what a submission costs. Prints tables, asserts nothing about time."""
