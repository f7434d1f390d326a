"""Messenger and Instagram: JSON and HTML, as Meta gives them."""
