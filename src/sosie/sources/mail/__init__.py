"""Mail: mbox, eml and Takeout; quotes and signatures are not the author's words."""
