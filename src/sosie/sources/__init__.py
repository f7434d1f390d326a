"""Reading chat exports: one file per format, one table of names."""
