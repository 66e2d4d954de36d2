"""Facts that a change of meaning in the engine would break, one test each."""
