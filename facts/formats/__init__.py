"""The formats of sheets: YAML and JSON, CSV folders, Parquet; what a file really is, and which files of a folder are sheets."""
