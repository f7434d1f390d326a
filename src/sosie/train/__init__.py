"""Dialogues in, a double out."""
