"""All SQL of the room: texts, what is masked, uses, and the library through the gate."""
