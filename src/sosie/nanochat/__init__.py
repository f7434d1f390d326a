"""nanochat both ways: one taught here, and its own programs run on our doubles."""
