"""From tables to findings and consequences: measure, judge, infer."""
