"""The wire shape of each resource."""
