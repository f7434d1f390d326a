"""People's names in French messages: which words are one, and what stands in their place."""
