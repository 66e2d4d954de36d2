"""What if: changes to facts and to the plan itself, judged by the same engine, and told as a difference."""
