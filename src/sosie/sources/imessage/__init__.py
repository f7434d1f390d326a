"""iMessage: the database chat.db."""
