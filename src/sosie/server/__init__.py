"""Doubles over HTTP: OpenAI's routes, nanochat's, and a light page; off this machine, with a key."""
