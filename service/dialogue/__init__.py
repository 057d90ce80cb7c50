"""The dialogue log: whom we met, what was asked, what was promised, what came of it, and what of
that goes back to those who told."""
