"""The blind game « Qui a écrit ça ? »: questions, players, votes, the tally, and a model as judge."""
