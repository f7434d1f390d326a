"""Plain data that every other room is built against: standard library, and pydantic for settings."""
