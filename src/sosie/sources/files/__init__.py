"""Files as users give them: archives, encodings, JSON and HTML of any size, databases."""
