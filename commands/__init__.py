"""The commands, one module a stage of the work; each is imported when it is called."""
