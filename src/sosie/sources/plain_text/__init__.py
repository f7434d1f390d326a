"""Texts without an application: « Name: words », subtitles."""
