"""Synthetic people for demonstrations, benchmarks and training. Nobody in here exists."""
