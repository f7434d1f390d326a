"""Tables: CSV whose columns are recognised by their names and values."""
