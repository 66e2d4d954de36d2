"""The plan language: how a plan is written, loaded, checked before any data is seen, and described as a JSON Schema."""
