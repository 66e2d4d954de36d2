"""Scenarios: changes of facts and of the plan, judged by the engine and compared with the state before."""
