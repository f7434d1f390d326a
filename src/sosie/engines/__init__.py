"""Everything that answers: one file per way to run a model."""
