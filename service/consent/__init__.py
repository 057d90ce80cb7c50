"""Taking back what was given: who may ask, what is struck in every room, what is left."""
