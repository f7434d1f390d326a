"""SMS Backup & Restore: one XML file."""
