"""What people told us, in one canonical shape; can be rebuilt from intake at any time."""
