"""The tests: one folder a kind, as the architecture page lists them."""
