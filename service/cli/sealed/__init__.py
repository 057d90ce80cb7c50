"""`flask sealed …`: records that only a key kept offline opens, out of here and open elsewhere."""
