"""The page (Gradio); holds no work of its own."""
