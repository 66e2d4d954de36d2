"""The cheapest actions that keep the commitments of a plan, found by integer programming and judged by the engine."""
