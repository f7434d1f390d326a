"""The page of the blind game: a small server of our own, which needs nothing but Python."""
