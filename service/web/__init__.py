"""The doors that speak HTTP: the only code that knows Flask, besides the command line."""
