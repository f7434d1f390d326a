"""What the user thinks of an answer: counted, never quoted; what they correct, kept to be learnt.

private/avis.jsonl          0600, a line a vote: {"at", "double", "vote": "up" | "down" | "not_me"}
private/corrections.jsonl   of « pas moi » and of an answer that was edited (recall/corrections.py)
"""

import json
from collections import Counter
from datetime import UTC, datetime

from sosie.core.workspace import closed_folder, full_disk_told, own_file
from sosie.recall.corrections import Correction, keep_correction
from sosie.studio.chat_tab import History, text_of, turns_of
from sosie.studio.state import StudioState

VOTES = {"up": "👍 Bien vu", "down": "👎 Bof", "not_me": "Pas moi"}
VOTES_FILE = "avis.jsonl"


def vote(state: StudioState, name: str, history: History) -> str:
    """Keep the vote about the last answer; what to say."""
    if not history or history[-1]["role"] != "assistant":
        return "Il n'y a pas encore de réponse."
    at = datetime.now(UTC).isoformat(timespec="seconds")
    line = json.dumps({"at": at, "double": state.chosen or "", "vote": name}, ensure_ascii=False)
    with (
        full_disk_told(),
        open(own_file(closed_folder(state.workspace.private) / VOTES_FILE), "a", encoding="utf-8") as file,
    ):
        file.write(line + "\n")
    if name == "not_me":
        before, given = turns_of(history[:-1], ""), text_of(history[-1]["content"])
        keep_correction(state.workspace, Correction(state.chosen or "", before, given, kind="not_me"))
    return f"Noté : {VOTES[name]}. {tally(state)}"


def edited(state: StudioState, history: History, place: int, given: str, wanted: str) -> str:
    """Keep what the person would have said in place of history[place]; what to say."""
    asked = history[place]["role"] == "assistant" and history[:place] and history[place - 1]["role"] == "user"
    if not asked or not wanted.strip() or wanted == given:
        return ""
    before = turns_of(history[:place], "")
    keep_correction(state.workspace, Correction(state.chosen or "", before, given, wanted.strip()))
    return "Correction gardée : elle sera apprise à la prochaine mise à jour (sosie train --update)."


def tally(state: StudioState) -> str:
    """« Sur 12 avis : 9 bien vus, 2 bof, 1 pas moi. » of the double that is chosen; nothing for none."""
    path = state.workspace.private / VOTES_FILE
    counts: Counter[str] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if record.get("double") == (state.chosen or ""):
            counts[str(record.get("vote"))] += 1
    total = sum(counts.values())
    several = "s" * (counts["up"] > 1)
    told = f"{counts['up']} bien vu{several}, {counts['down']} bof, {counts['not_me']} pas moi"
    return f"Sur {total} avis : {told}." if total else ""
