"""The cheapest way to keep what a plan promises: actions with costs, a whole-number programme, and the engine's judgement."""
