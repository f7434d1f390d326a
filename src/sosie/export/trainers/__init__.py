"""The same recipe in the files of other trainers."""
