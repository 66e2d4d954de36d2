"""Costs files: what can be done to keep commitments, and what it costs."""
