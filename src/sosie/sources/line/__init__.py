"""LINE: the text that the application saves."""
