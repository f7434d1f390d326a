"""The store of imported messages: what is new, what was there already, which threads are one."""
