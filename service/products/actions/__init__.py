"""Making packs, and handing them out."""
