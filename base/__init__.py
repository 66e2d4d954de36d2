"""Shared foundations: units and numbers, locations and problems, limits, YAML with positions, archives, messages."""
