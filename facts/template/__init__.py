"""Templates for sheets, made from a plan: a workbook, a YAML skeleton, a CSV folder."""
