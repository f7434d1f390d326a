"""Whether a page can be shown to somebody here."""

import os
import sys


def has_screen() -> bool:
    """False on a Linux machine without a screen, where a text browser would take the terminal."""
    return not sys.platform.startswith("linux") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
