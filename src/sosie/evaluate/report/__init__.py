"""What a report is drawn with: markup that cannot be broken, French figures, plots, and its chapters."""
