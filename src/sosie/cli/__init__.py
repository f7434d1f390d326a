"""The terminal's face: one file per verb. It holds no work of its own."""
