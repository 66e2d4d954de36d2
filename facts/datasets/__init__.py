"""Data sets: the rows of many root subjects and years in Parquet or CSV files, described by a small head file."""
