"""The terminal: one file per verb, words in and words out. It holds no work of its own."""

import sys

if sys.platform == "win32":  # its locks, signals and file modes are those of POSIX
    sys.exit("sosie ne marche pas sous Windows même. Dans WSL, c'est un Linux : installez-le là.")
