"""Bringing along: forms by the publish action, records by intake, entities by their import."""
