"""Telegram: result.json and the HTML pages."""
