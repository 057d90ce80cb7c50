"""Names of one person and of two, by hand; and how well they are told apart."""
