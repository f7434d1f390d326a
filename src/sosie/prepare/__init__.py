"""From messages to dialogues: one file per room, one conductor."""
