"""Private data in French text: one file for each family, detectors.py holds the table of kinds."""
