"""What a model is: its card, its tokens, its weights, and the machine under it."""
