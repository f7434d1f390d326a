"""What else can be learnt from: speech heard, and monologues answered to questions that a model invents."""
