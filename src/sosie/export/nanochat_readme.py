"""What goes with dialogues for nanochat: the command, and what its `chat_sft` would do of them by default.

« 123 dialogues : 2 pas, dont le dernier à rebours (pas d'apprentissage × −0,27) »
"""

from collections.abc import Sequence

from sosie.core.french_text import decimal, number, plural
from sosie.export.nanochat_base import KnownBase
from sosie.export.nanochat_rows import TurnRow, tokens_of
from sosie.export.nanochat_steps import Batches, Steps, count_steps

README = "LISEZMOI.txt"
ENOUGH_STEPS = 100  # below, batches are made smaller
MOST_ROWS = 32  # of a batch
EVALUATED = 4  # batches: its measure is of no use here
TEXT = """\
Ce dossier a été fait par « sosie export nanochat ». Il a la forme du dossier de base de nanochat
(NANOCHAT_BASE_DIR) : son « chat_sft », non modifié, y apprend vos dialogues à la place de ses données
publiques.

{count} dialogues à apprendre, chacun {copies} fois : nanochat ne passe qu'une fois sur ce qu'il trouve, et
répéter est la seule façon de faire plusieurs passages. Les données repérées par « sosie prepare » y sont
masquées ; des noms peuvent y rester. Un petit modèle récite ce qu'il a souvent lu : gardez-le pour vous.

1. Mettez-y un modèle de base et son tokenizer, par exemple les vôtres. N'en copiez rien dans l'autre sens :
   dans ~/.cache/nanochat, vos dialogues passeraient pour les données publiques dont ils ont pris la place.

   ln -s ~/.cache/nanochat/tokenizer ~/.cache/nanochat/base_checkpoints .

2. Depuis votre copie de nanochat, sans réseau :

   NANOCHAT_BASE_DIR=CE_DOSSIER python -m scripts.chat_sft \\
     --mmlu-epochs=0 --gsm8k-epochs=0 --chatcore-every=-1 --eval-every=-1 --eval-tokens={evaluated} \\
     --max-seq-len={length} --device-batch-size={rows} --total-batch-size={tokens} \\
     --num-iterations={iterations}

3. NANOCHAT_BASE_DIR=CE_DOSSIER python -m scripts.chat_cli

Pourquoi ces nombres (calculés ici pour vos dialogues, {how})

- Avec eux : {chosen}.
- Réglages de la base, dialogues sans copie : {usual}.
- Lots de cette commande, sans copie ni --num-iterations : {once}.
- « À rebours » : passé la fin de ses données, chat_sft multiplie le pas d'apprentissage par un nombre
  négatif, et désapprend. --num-iterations l'en empêche ; il s'arrête quand même après un passage.
- TORCH_COMPILE_DISABLE=1 casse son optimiseur : sans carte graphique, il faut un compilateur C++, et le
  premier pas prend une minute ou deux.
- « Validation bpb » ne veut rien dire ici : chat_sft la calcule aussi sur 5 620 questions d'examen, dont ce
  dossier n'a que des remplaçantes vides.

« identity_conversations.jsonl » porte les mêmes dialogues pour les versions qui lisent CustomJSON (jusqu'au
commit 21a7774 ; mettez-le dans leur dossier de base). Leur chat_sft veut en plus SmolTalk, MMLU et GSM8K, par
le réseau, et lit ce fichier deux fois.
"""


def readme(rows: Sequence[TurnRow], length: int, copies: int, base: KnownBase) -> tuple[str, tuple[str, ...]]:
    """The text that goes with the rows, and the next steps."""
    once = [tokens_of(row, base.about) for row in rows]
    batches, steps = small_enough([*once] * copies, length)
    iterations = steps.count + 2  # above what it does: the last step is small, and goes forwards
    usual, alone = (steps_told(len(rows), count_steps(once, each)) for each in (base.batches, batches))
    text = TEXT.format(
        count=number(len(rows)),
        copies=copies,
        evaluated=EVALUATED * batches.tokens,
        length=length,
        rows=batches.rows,
        tokens=batches.tokens,
        iterations=iterations,
        how=base.how,
        chosen=steps_told(len(rows) * copies, count_steps([*once] * copies, batches, iterations)),
        usual=usual,
        once=alone,
    )
    return text, (
        f"Lisez « {README} » : la commande de nanochat pour ce dossier, avec ses nombres.",
        f"Ce que nanochat ferait sans autre réglage : {usual}.",
        f"Avec les lots de cette commande, sans copie ni --num-iterations : {alone}.",
    )


def small_enough(lengths: Sequence[int], length: int) -> tuple[Batches, Steps]:
    """The largest batches that give enough steps, without accumulation; of one row where none does."""
    rows = MOST_ROWS
    while True:
        batches = Batches(length, rows, rows * length)
        steps = count_steps(lengths, batches)
        if steps.count >= ENOUGH_STEPS or rows == 1:
            return batches, steps
        rows //= 2


def steps_told(dialogues: int, steps: Steps) -> str:
    """« 123 dialogues : 2 pas, dont le dernier à rebours (pas d'apprentissage × −0,27) »"""
    what = f"{plural(dialogues, 'dialogue')} : "
    if not steps.count:
        return what + "aucun pas, rien n'est appris"
    if steps.last > 0:
        return f"{what}{number(steps.count)} pas, tous en avant"
    last = f"le dernier à rebours (pas d'apprentissage × {decimal(steps.last)})"
    if steps.last == 0:
        last = "le dernier sans effet"
    return f"{what}{number(steps.count)} pas, {'dont ' * (steps.count > 1)}{last}"
