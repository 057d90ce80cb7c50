"""Flask commands: the doors that speak to a terminal."""
