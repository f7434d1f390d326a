"""Voice messages and recordings to text, word by word, on this machine."""
