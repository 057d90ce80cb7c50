"""All SQL about the treaty: its log, who signed, and what was told, through the gate."""
