"""Tests of plans: the cases beside a plan, made-up boundary cases, and an independent evaluator."""
