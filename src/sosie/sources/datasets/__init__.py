"""Ready dialogues: OpenAI `messages`, ShareGPT, Alpaca."""
