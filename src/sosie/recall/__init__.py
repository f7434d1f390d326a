"""Memory, for those who ask for it: chats that are kept, and the person's own words found again."""
