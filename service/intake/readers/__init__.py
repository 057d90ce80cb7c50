"""Envelope to Instance, one reader for each channel."""
