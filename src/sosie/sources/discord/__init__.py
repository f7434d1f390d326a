"""Discord: the exporter's JSON, and the package of one's own data."""
