"""Reading of many sheets: in several processes, and from a cache keyed by content."""
