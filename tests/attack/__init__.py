"""Histories of releases over invented people, and somebody who solves all that a reader may have.

.venv/bin/python -m tests.attack 10000        histories, on all cores, from where it stopped
"""
