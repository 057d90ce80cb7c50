"""Clients as the field has them: simulated phones that speak over real HTTP."""
