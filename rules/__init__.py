"""The plan language: its grammar, loader, resolved model, lint rules and JSON Schema."""
