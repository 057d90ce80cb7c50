"""Samleng: field data kept safely, turned into numbers that harm nobody."""
