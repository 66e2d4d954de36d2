"""Formats of sheets: YAML, JSON, XLSX, CSV, Parquet. Detects the format of a file and finds the sheets in a folder."""
