"""Forms to fill in, made from a plan: a workbook, a YAML skeleton, a CSV folder."""
