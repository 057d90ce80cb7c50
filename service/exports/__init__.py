"""Pulling data out: tables of what a form's records say, as OData, CSV, GeoJSON and more formats.
Keeps runs and their sealed files. Promises that every row passes the gate of consent and class, and
that the audit log says who pulled what out, for which purpose."""
