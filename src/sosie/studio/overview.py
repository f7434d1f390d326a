"""The messages of the folder, counted: who wrote how many, and in which months."""

from collections import Counter
from dataclasses import dataclass

from sosie.core.counted import counted
from sosie.core.progress import Report
from sosie.core.workspace import Workspace
from sosie.importing import store


@counted
@dataclass(frozen=True, slots=True)
class Overview:
    """The messages of the folder, counted."""

    by_month: dict[str, int]
    senders: dict[str, int]
    conversations: int

    @property
    def messages(self) -> int:
        return sum(self.senders.values())


def overview(workspace: Workspace, report: Report) -> Overview:
    by_month: Counter[str] = Counter()
    senders: Counter[str] = Counter()
    conversations = 0
    for conversation in store.imported(workspace, report):
        conversations += 1
        for message in conversation.messages:
            if message.kind != "notice":
                senders[message.author] += 1
                if message.at:
                    by_month[f"{message.at:%Y-%m}"] += 1
    return Overview(dict(sorted(by_month.items())), dict(senders.most_common()), conversations)
