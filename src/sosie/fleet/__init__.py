"""Many people, each in a folder of their own: the verbs of one person, done for all of them.

PEOPLE_DIR/lea/   PEOPLE_DIR/malo/ ...     exports, or a project folder; what is made stays there
PEOPLE_DIR/sosie.toml                      the settings of all; a person's own file goes before it
PEOPLE_DIR/.fleet/state.jsonl              who is done, and who was set aside and why (journal.py)

people -> tasks -> pool (processes here, or Ray) -> outcomes -> journal        run.py, the conductor
"""
