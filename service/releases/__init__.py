"""Releases: sets of tables with a number, frozen and signed, that partners cite."""
