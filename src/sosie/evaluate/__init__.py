"""Does it write like the person, does it copy, does it leak? Numbers with their intervals."""
