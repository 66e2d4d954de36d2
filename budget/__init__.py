"""The cheapest way to keep what a plan promises: actions with costs, solved as a whole-number programme, judged by the engine."""
