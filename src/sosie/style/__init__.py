"""How someone writes, in numbers: works on plain strings and knows nothing of chats or models."""
