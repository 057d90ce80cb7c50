"""Knows nothing about surveys: settings, database, blobs, jobs, audit, time, formats."""
