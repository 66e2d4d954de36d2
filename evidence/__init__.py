"""Bundles of evidence: written with a check, and judged again by verify."""
