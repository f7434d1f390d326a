"""Doubles and dialogues made ready to leave this machine: one file per destination."""
