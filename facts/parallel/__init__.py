"""Reading of many sheets in several processes."""
