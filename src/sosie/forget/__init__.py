"""A person out of a project: what was kept of them goes, and a certificate says what went."""
