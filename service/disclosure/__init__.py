"""What may leave the house: only SafeTable (and, later, ScopedRows) can be serialised."""
