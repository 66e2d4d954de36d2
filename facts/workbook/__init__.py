"""Reads sheets from workbooks: cells with their formats, the tables in them, and the cover."""
