"""Models through MLX, Apple's library for its own chips: which ones, their weights, their LoRA layers."""
