"""Costs files: actions that help to keep commitments, and their prices."""
