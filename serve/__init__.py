"""The local page: the calls of the commands over HTTP, for people who have no terminal."""
