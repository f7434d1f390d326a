"""The terminal: one file per verb, words in and words out. It holds no work of its own."""
