"""The commands of a terminal chat: what each does, and which one a mistyped word meant."""

import unicodedata
from difflib import get_close_matches

from sosie.cli.memory import THREAD_HELP

HELP = f"""\
/système TEXTE   change la consigne (sans texte : la montre ; « - » : l'enlève)
/recommencer     commence une autre conversation
/refaire         répond encore au dernier message
/base            passe du double à son modèle de base, et retour
/combien N       combien de vous dans les réponses : 0, le modèle de base ; 1, le double ; jusqu'à 1,5
/compare TEXTE   la même question à 0, 0,5 et 1 (sans texte : la dernière)
{THREAD_HELP}
/outils          donne, ou non, au modèle une calculette, la date et l'heure : ce qui sert est montré
/aide            cette aide
/quitter         quitte (/exit et Ctrl-D aussi)

Plusieurs lignes : finissez la ligne par \\, ou ouvrez et fermez un bloc par \"\"\".
Ctrl-C arrête la réponse en cours."""
COMMANDS = tuple(line.partition(" ")[0][1:] for line in HELP.splitlines() if line.startswith("/"))


def nearest(word: str) -> str:
    close = get_close_matches(word, [plain(command) for command in COMMANDS], n=1, cutoff=0.7)
    meant = f"Vouliez-vous dire « /{close[0]} » ?" if close else "Voyez /aide."
    return f"« /{word} » n'est pas une commande. {meant}"


def plain(word: str) -> str:
    """« Système » -> « systeme »"""
    return "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))
