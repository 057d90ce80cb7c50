"""What may leave the house: only a SafeTable can be serialised."""
