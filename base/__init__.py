"""What every other part rests on: units and numbers, places and problems, limits, YAML with positions, archives, messages."""
