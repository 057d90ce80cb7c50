"""Bytes to plain values and back, hardened against hostile input."""
