"""Somebody's folder: sixty days of short talk with Malo, and monologues that answer nobody."""

import random

from sosie import Project

WORDS = """
jardin potager tomate arrosoir gare train valise quai montagne refuge sentier sommet cuisine recette farine
levain musique guitare concert scène lecture roman chapitre auteur travail bureau dossier réunion piscine
longueur vestiaire bonnet mairie guichet papier tampon chantier plâtre peinture échelle voisin escalier
palier sonnette marché fromage cageot panier orage grêle volet tonnerre brocante lampe tiroir poussière
""".split()  # noqa: SIM905  as one reads them
FRAMES = (
    "Ce matin j'ai pensé à {0} en rangeant {1}, et je me suis dit que {2} finirait bien par compter.",
    "Il y avait {0} partout, {1} aussi, et personne ne savait quoi faire de {2}.",
    "Franchement {0} ne me dit plus rien, mais {1} avec {2} ça me va toujours.",
    "Je note ça pour plus tard : {0} d'abord, {1} ensuite, et jamais {2} le même jour.",
)


def monologue(n):
    """Some forty words that no other number gives."""
    chance = random.Random(f"monologue {n}")
    words = chance.sample(WORDS, 6)
    frames = chance.sample(FRAMES, 2)
    return f"{frames[0].format(*words[:3])} {frames[1].format(*words[3:])} Voilà, numéro {n}{n % 7}."


def talk(folder, name, lines):
    path = folder / f"Discussion WhatsApp avec {name}.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def day(n, clock):
    return f"{n % 28 + 1:02}/{n // 28 + 1:02}/2025 {clock}"


def short_talk(n):
    chance = random.Random(f"talk {n}")
    asked, answered = " ".join(chance.sample(WORDS, 5)), " ".join(chance.sample(WORDS, 5))
    return [f"{day(n, '18:00')} - Malo: tu as vu {asked} ?", f"{day(n, '18:02')} - Léa: oui {answered} ok"]


def prepared(folder, monologues, days=60):
    """A project whose owner wrote these alone, on the first days, and talked with Malo."""
    project = Project(folder / "moi")
    chat = [line for n in range(days) for line in short_talk(n)]
    notes = [f"{day(n % 20, f'09:{n // 20:02}')} - Léa: {text}" for n, text in enumerate(monologues)]
    talks = [talk(folder, "Malo", chat), talk(folder, "Léa", notes)]
    project.import_(talks, me=["Léa"])
    project.prepare()
    return project
