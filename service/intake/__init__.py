"""The one way in for phone, sync batch and paper sheet. What it acknowledges is never lost."""
