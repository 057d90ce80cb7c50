"""What phones speak: OpenRosa form lists, manifests and submissions."""
