"""More to learn from: voice messages heard."""
