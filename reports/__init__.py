"""Reports: a result as text, JSON and other formats. Each writes to a stream and decides nothing."""
