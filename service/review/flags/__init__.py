"""What about a record wants a second look, and why: pure rules. None of them stops anything."""
