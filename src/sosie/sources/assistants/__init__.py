"""ChatGPT, Claude, Le Chat: the owner's side counts, for style only."""
