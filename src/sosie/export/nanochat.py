"""`sosie export nanochat`: dialogues for nanochat's own training, laid out as its base folder.

 sortie/nanochat/
   task_data/HuggingFaceTB--smol-smoltalk/default/{train,test}/     for `chat_sft` of today, unmodified
   task_data/{cais--mmlu/all,openai--gsm8k/main}/test/              empty stand-ins that it opens
   identity_conversations.jsonl                                     for versions that read CustomJSON
   LISEZMOI.txt                                                     the command, and its traps counted here

Real words are in it, masked as `sosie prepare` left them: what leaves is said, and the person asked.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sosie.core.dialogue import Dialogue
from sosie.core.errors import NothingToDo
from sosie.core.extras import need
from sosie.core.french_text import number, plural
from sosie.core.jsonl import own_dialogues
from sosie.core.progress import Event, Report
from sosie.export.base import Exported, Order
from sosie.export.nanochat_base import LONGEST_ROW, UNKNOWN, KnownBase, read_base
from sosie.export.nanochat_readme import README, readme
from sosie.export.nanochat_rows import Rows, TurnRow, check_rows, json_lines, make_rows, messages_of
from sosie.export.whole_folder import whole_folder
from sosie.prepare.review.apply import apply_if_needed

FOLDER, LINES = "nanochat", "identity_conversations.jsonl"
TASKS = Path("task_data")
SMOLTALK = TASKS / "HuggingFaceTB--smol-smoltalk" / "default"
MMLU, GSM8K = TASKS / "cais--mmlu" / "all" / "test", TASKS / "openai--gsm8k" / "main" / "test"
MMLU_ROWS, GSM8K_ROWS = 5200, 420  # that `chat_sft` reads, however few there are
MANIFEST, SHARD = "manifest.json", "00000.parquet"
TRAIN, VALID = SMOLTALK / "train", SMOLTALK / "test"
PARQUET = tuple(place / name for place in (TRAIN, VALID, MMLU, GSM8K) for name in (MANIFEST, SHARD))
WHAT_LEAVES = (
    "Ce que contiendra « {folder} » : {count} dialogues réels, donc aussi les mots de ceux qui vous ont "
    "écrit. Les données repérées y sont masquées ; des noms peuvent y rester. Le modèle que nanochat en fera "
    "peut réciter ces mots : gardez-le pour vous."
)
QUESTION = "Écrire ces fichiers ?"


def export_nanochat(order: Order, folder: Path, report: Report) -> Exported:
    """The folder, if the person agrees. NothingToDo where there are no dialogues, or where they do not."""
    need("pyarrow", extra="nanochat")
    apply_if_needed(order.workspace)
    base = read_base(Path(order.base)) if order.base else UNKNOWN
    longest = min(order.train.max_tokens or base.batches.length, LONGEST_ROW)
    learn = made_from(own_dialogues(order.workspace, "train"), longest, base)
    valid = make_rows(own_dialogues(order.workspace, "valid", missing_ok=True), longest, base.at_most)
    report(Event("warning", text=WHAT_LEAVES.format(folder=FOLDER, count=number(len(learn.rows)))))
    tell_left_out(learn, longest, report)
    if not order.agree(QUESTION):
        raise NothingToDo("Rien n'a été écrit.", "Pour l'écrire sans question : --yes")
    copies = max(1, round(order.train.epochs))
    target = folder / FOLDER
    with whole_folder(target, ours) as draft:
        write_rows(draft, learn.rows, valid.rows, copies)
        text, steps = readme(learn.rows, longest, copies, base)
        (draft / README).write_text(text, encoding="utf-8")
    return Exported(tuple(target / name for name in (README, LINES, *map(str, PARQUET))), steps)


def made_from(dialogues: Sequence[Dialogue], longest: int, base: KnownBase) -> Rows:
    rows = make_rows(dialogues, longest, base.at_most)
    if not rows.rows:
        raise NothingToDo(
            f"Aucun dialogue ne tient dans {longest} jetons.", "Agrandissez max_tokens dans « sosie.toml »."
        )
    return rows


def tell_left_out(rows: Rows, longest: int, report: Report) -> None:
    what = f"de plus de {longest} octets ou jetons"
    told = (
        (rows.context, "réponse qui n'était que du contexte", "réponses qui n'étaient que du contexte"),
        (rows.too_long, f"échange {what}", f"échanges {what}"),
    )
    if left_out := [plural(*each) for each in told if each[0]]:
        report(Event("warning", text=f"Laissé de côté : {' ; '.join(left_out)}."))


def ours(folder: Path) -> set[str]:
    """The files of an earlier export."""
    try:
        begins = (folder / README).read_text(encoding="utf-8").startswith("Ce dossier a été fait par « sosie")
    except (OSError, ValueError):
        return set()
    return {README, LINES, *map(str, PARQUET)} if begins else set()


def write_rows(folder: Path, learn: Sequence[TurnRow], valid: Sequence[TurnRow], copies: int) -> None:
    """Every data file, read again by nanochat's rules."""
    (folder / LINES).write_bytes(json_lines(learn))
    with (folder / LINES).open(encoding="utf-8") as lines:
        check_rows([json.loads(line) for line in lines], len(learn))
    # Epochs are copies: it passes once over what it finds.
    for place, rows in ((TRAIN, [*learn] * copies), (VALID, valid)):
        write_parquet(folder / place, {"messages": [messages_of(row) for row in rows]})
        check_rows(read_messages(folder / place / SHARD), len(rows))
    question = {"question": "?", "choices": ["a", "b", "c", "d"], "answer": 0, "subject": "aucun"}
    write_parquet(folder / MMLU, {name: [value] * MMLU_ROWS for name, value in question.items()})
    write_parquet(folder / GSM8K, {"question": ["?"] * GSM8K_ROWS, "answer": ["#### 0"] * GSM8K_ROWS})


def write_parquet(place: Path, columns: Mapping[str, list[Any]]) -> None:
    """One shard and its manifest. Not compressed: what is in it can be looked for."""
    import pyarrow
    import pyarrow.parquet

    place.mkdir(parents=True)
    pyarrow.parquet.write_table(pyarrow.table(columns), place / SHARD, compression="none")
    (place / MANIFEST).write_text(json.dumps([SHARD]), encoding="utf-8")


def read_messages(path: Path) -> list[object]:
    import pyarrow.parquet

    return list(pyarrow.parquet.read_table(path)["messages"].to_pylist())
