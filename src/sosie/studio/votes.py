"""What the user thinks of an answer: counted, never quoted.

private/avis.jsonl   0600, a line a vote: {"at", "double", "vote": "up" | "down" | "not_me"}
"""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from sosie.core.workspace import closed_folder, full_disk_told, own_file
from sosie.studio.state import StudioState

VOTES = {"up": "👍 Bien vu", "down": "👎 Bof", "not_me": "Pas moi"}
VOTES_FILE = "avis.jsonl"


def vote(state: StudioState, name: str, history: list[dict[str, Any]]) -> str:
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
    return f"Noté : {VOTES[name]}. {tally(state)}"


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
