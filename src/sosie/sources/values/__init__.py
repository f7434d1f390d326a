"""Values that exports write each in their own way: dates, ids, names, kinds of media."""
