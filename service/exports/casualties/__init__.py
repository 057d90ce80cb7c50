"""Casualties in the columns of IMSMA and CMVIS: what these are called, which words stand for which
codes, and places by their names. Exports write them, imports read them. Pure."""
