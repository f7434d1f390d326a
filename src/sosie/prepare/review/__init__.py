"""The review: dialogue by dialogue, what will be learnt is kept, dropped or changed by the person."""
