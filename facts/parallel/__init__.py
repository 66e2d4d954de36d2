"""Many sheets at once: in several processes, and from a cache by content."""
