"""The reasons of a plan's choices, in French sentences."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sosie.core.french_text import millions, number, scientific, size, span, trimmed
from sosie.train import learning_curve, memory_estimate
from sosie.train.pack import GROUP_SIZE

if TYPE_CHECKING:
    from sosie.core.settings import Train
    from sosie.models.card import ModelCard
    from sosie.models.hardware import Machine
    from sosie.train.memory_estimate import BaseWeights
    from sosie.train.plan import Counts, Plan


APART = "Dialogues lus un par un : ce modèle ne tient pas séparés ceux qui sont mis bout à bout."


def reasons(
    plan: "Plan",
    card: "ModelCard",
    machine: "Machine",
    counts: "Counts",
    weights: "BaseWeights",
    options: "Train",
) -> Iterator[str]:
    """One sentence for each choice, the verdict first."""
    chosen, asked = plan.settings, options.learning_rate is not None
    why_rate = "choisi par vous" if asked else "l'usage pour un modèle de cette taille"
    yield verdict(plan, machine)
    yield enough(plan, counts)
    yield bits(plan, card, machine, weights, options)
    if card.unverified:
        yield f"De ce modèle, sosie n'a pas pu vérifier : {card.unverified}."
    share = 100 * plan.trainable_parameters / card.parameters
    yield (
        f"LoRA de rang {chosen.rank} sur toutes les couches linéaires : "
        f"{millions(plan.trainable_parameters)} de paramètres appris ({trimmed(share, 2)} % du modèle), "
        f"adaptateur de {size(plan.adapter_bytes)}."
    )
    few = " (peu de dialogues : plus de pas)" if options.group is None and chosen.group < GROUP_SIZE else ""
    if plan.pack_tokens == 1:
        yield f"Groupes de {chosen.group} dialogues{few}. {APART}"
    else:
        yield (
            f"Groupes de {chosen.group} dialogues{few}, mis bout à bout sans remplissage dans des lignes "
            f"d'au plus {number(plan.pack_tokens)} jetons : les mêmes gradients qu'un par un, plus vite."
        )
    yield from variants(plan)
    if plan.checkpointing:
        yield "Activations recalculées au retour : la mémoire l'exige ; un tiers de calcul en plus."
    constant = ", constant après la montée" if chosen.schedule == "constant" else ""
    yield f"Pas d'apprentissage {scientific(chosen.learning_rate)}{constant} : {why_rate}."
    stop = (
        f"arrêt après {chosen.patience} passages sans progrès" if chosen.patience else "sans arrêt anticipé"
    )
    yield f"{trimmed(chosen.epochs, 1)} passages au plus sur les dialogues, {stop} ; le meilleur est gardé."
    speed = f"{trimmed(machine.flops / 1e12, 2)} T opérations par seconde, plus ou moins ({machine.reason})"
    if not counts.dialogues:
        yield f"La mémoire est prévue, pas mesurée. Cette machine : {speed}."
        return
    counted = "comptés" if counts.exact else "estimés"
    yield (
        f"Durée et mémoire sont prévues, pas mesurées : {number(counts.tokens)} jetons {counted}, "
        f"{span(plan.train_seconds_low, plan.train_seconds_high)}, à {speed}."
    )


def variants(plan: "Plan") -> Iterator[str]:
    """The options beyond plain LoRA."""
    if plan.settings.dora:
        yield "DoRA, demandé par vous : la norme des poids est apprise aussi ; plus lent."
    if plan.settings.rslora:
        yield "rsLoRA, demandé par vous : l'échelle est alpha divisé par la racine du rang."
    if plan.settings.neftune:
        yield f"NEFTune, demandé par vous : un bruit de {trimmed(plan.settings.neftune, 1)} sur les mots lus."
    if plan.settings.neutral:
        share = trimmed(100 * plan.settings.neutral, 0)
        yield f"{share} % de français neutre mêlé, contre l'oubli (--neutral 0 : aucun)."


def verdict(plan: "Plan", machine: "Machine") -> str:
    where = machine.accelerator or "processeur"
    need, have = size(plan.peak_memory_bytes), size(memory_estimate.usable_bytes(machine))
    if not plan.fits_memory:
        return f"Ne tient pas : {need} de mémoire prévus, {have} utilisables ({where})."
    if not plan.fits:
        long = span(plan.train_seconds_low, plan.train_seconds_high)
        return f"Tiendrait en mémoire, mais prendrait {long} sans carte graphique."
    return f"Tient : {need} de mémoire prévus, {have} utilisables ({where})."


def enough(plan: "Plan", counts: "Counts") -> str:
    amount = f"{number(counts.replies)} réponses de vous, {number(counts.words)} mots"
    if not counts.dialogues:
        return "Pas encore de dialogues ici : durée et nombre de pas ne sont pas connus."
    if plan.enough_data:
        return f"Assez de données : {amount}. {learning_curve.gain_sentence(counts.replies)}".rstrip()
    few = f"Peu de données : {amount}. Un ton plus qu'un style ; visez plusieurs centaines de réponses."
    return f"{few} {learning_curve.gain_sentence(counts.replies)}".rstrip()


def bits(
    plan: "Plan", card: "ModelCard", machine: "Machine", weights: "BaseWeights", options: "Train"
) -> str:
    held = size(weights.bytes)
    if options.bits:
        return f"Poids en {plan.settings.bits} bits, {held}, demandés par vous ; {arithmetic(plan)}."
    if plan.settings.bits == 4:
        half = size(memory_estimate.weights_bytes(card, 16))
        return f"Poids en 4 bits (NF4), {held} au lieu de {half}, pour que tout tienne ; {arithmetic(plan)}."
    if plan.settings.bits == 16 and machine.bf16 and not machine.gpu_memory_bytes:
        return f"Poids en 16 bits, {held} : ce processeur calcule en bfloat16, deux fois plus vite."
    if plan.settings.bits == 16:
        return f"Poids en 16 bits, {held} : en 32 bits il faudrait le double ; {arithmetic(plan)}."
    return f"Poids en 32 bits, {held} : le plus exact, et la place ne manque pas."


def arithmetic(plan: "Plan") -> str:
    why = ", car cette machine ne connaît pas bfloat16" if plan.dtype == "float16" else ""
    return f"calcul en {plan.dtype}{why}"
