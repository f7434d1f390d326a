"""GGUF, the file of llama.cpp, Ollama and LM Studio: a model or an adapter, written tensor by tensor."""
