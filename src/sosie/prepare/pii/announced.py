"""What is said after a word that announces it: « mdp de la box : Azerty12 » gives « Azerty12 » after « mdp ».

The words between are fillers (« de la box ») and links (« c'est », a colon); others judge what follows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sosie.prepare.pii.base import words_of

TOKEN = re.compile(r"\"[^\"\n]{1,60}\"|«[^»\n]{1,60}»|[^\s]+")
LINK_WORDS = words_of(
    "@ c'est cest est : = -> => → > ces c'etait etait sera devient reste :- := ~> is ⇒ ➡ 👉"
)
FILLERS = words_of(
    "du de la le les des d l mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs c wifi "
    "wi-fi box livebox freebox netflix spotify disney disney+ prime canal gmail mail messagerie ordi pc "
    "ordinateur tel telephone portable porte portail entree immeuble hall garage parking cave ascenseur "
    "batiment local coffre alarme interphone carte cb bleue bancaire visa sim pin puk puk1 acces appart "
    "appartement maison bureau residence digicode velo casier valise boite cles cle lettres nouveau "
    "nouvelle nv nvx ancien temporaire provisoire actuel secret au aux pour en bas haut sur session "
    "compte compt iphone android tablette invite invites reseau securite site tjs toujours donc alors "
    "bien juste numero n° no num user admin windows mac doctolib ameli edf caf vitale du/de et un une "
    "provient chez cadenas verification validation confirmation sms otp 2fa whatsapp insta instagram "
    "snap facebook paypal banque livraison colis relais recu est-ce je t'envoie te rappelle redonne "
    "donne voici voila : serait etage gardien poubelles piscine salle sport gym impression imprimante "
    "scanner photocopieur deverrouillage verrouillage ecran maintenant desormais dorenavant retrait "
    "tu mets met tapes tape rentres"
)
# Plain words that follow « mot de passe : » or « mon insta c'est » and are none.
PLAIN = words_of(
    "bon bonne ok faux fausse le la les un une mon ton son ma ta sa notre votre leur celui celle ce "
    "cela ca pas plus oublie oubliee perdu perdue change changee incorrect invalide refuse expire trop "
    "tres tout toujours quoi qui que comment ou quand pourquoi lequel quel quelle nul nulle chiant "
    "relou complique simple facile dur difficile long court impossible mieux pire pareil meme idem "
    "super genial cool bien mal top naze pourri rien personne voir demande demander envoie envoye note "
    "ecrit colle affiche dessous dessus dans sur sous avec sans pour par chez derriere marche "
    "fonctionne obligatoire necessaire requis protege securise fort faible unique different important "
    "secret prive perso public merci stp svp please oui non si peut-etre jamais encore deja bientot "
    "demain hier aujourd'hui maintenant mort morte fini finie ici la-bas la et mais donc car je tu il "
    "elle on nous vous ils elles j'ai t'as moi toi lui eux moche beau belle ridicule marrant drole con "
    "debile ouf abuse legal cher chere gratuit payant bloque bloquee pirate piratee supprime desactive "
    "ferme vide plein plante bugge lent rapide vrai vraie normal toxique addictif utile inutile a as "
    "est es c'est y en ne n'importe vieux jeune nouveau nouvelle actif prenom nom date naissance "
    "anniversaire celui-la celle-ci compris simpliste complexe confidentiel generique identique errone "
    "mauvais mauvaise wifi recu enregistre memorise reinitialise modifie mis donne tape saisi dingue "
    "chaud mdr lol ptdr genre juste quelque quelqu'un souvent parfois seulement surtout vraiment "
    "tellement assez aussi autre autres bizarre etrange special evident lourd tordu connu pratique grave fou "
    "dommage penible interessant toujours justement donc chouette rigolo sympa"
)
ENDS = re.compile(
    r"\s*(?:$|[\n.,;:!?)»\"…]|[^\w\s'@#/.-]|(?:et|pour|merci|stp|svp|voila|ok|mais|si|en|tout|mdr|lol|sur"
    r"|hein|mtn|maintenant|bisous?|c|c'est|on|il|j|t|je|tu|ne|note|dis|le|la|avec|change|garde|au)\b)"
)
NO_VALUE = re.compile(
    r"(?i)\d{1,2} ?h(?:\d\d)?|\d{1,2}:\d\d(?::\d\d)?|\d+(?:e|er|ere|eme|ieme|nd|eur|€|\$|%|k|kg|km|m|cm|go"
    r"|mo|min|mn|s|j|ans?|x|euros?)|\d+[.,]\d{1,2}€?"
    r"|h\d+|s\d+ ?e\d+|j[+-]\d+|[+-]\d+%?|\d+/\d+|covid\S*"
)
BEFORE_A_YEAR = words_of("en depuis a avant apres vers entre il ya dans y fin debut mi annee an mai juin")


@dataclass(frozen=True, slots=True)
class Said:
    """A word that follows one that announces it, and whether « c'est » or a colon stands just before."""

    start: int
    end: int
    linked: bool
    last: str  # the word before
    text: str


def words_said(text: str, at: int, end: int, fillers: frozenset[str], most: int = 10) -> Iterator[Said]:
    """The words between two places, fillers left out, up to the end of the sentence."""
    linked, last, lines = False, "", 0
    for match in TOKEN.finditer(text, at, min(end, at + 160)):
        lines += text.count("\n", at if not last else match.start() - 1, match.start())
        start, token = match.start(), match[0]
        opening = re.match(r"[:=>(\[-]+(?=\w)|[:=]+", token)
        if opening:
            linked, start, token = (
                linked or opening[0][0] in ":=>",
                start + opening.end(),
                token[opening.end() :],
            )
        low = token.lower().strip('"«»,()')
        if not token or low.rstrip(":=") in LINK_WORDS or low in LINK_WORDS:
            linked, last = True, low or last
            continue
        if lines > 1 or most <= 0:
            return
        if low in ("?", "!", "->", "-"):
            last = low
            continue
        if low.startswith(("c'", "l'", "d'")) and low[2:].rstrip(":") in fillers | LINK_WORDS:
            linked, last = linked or low.endswith(":"), low
            continue
        if low.rstrip(":=") in fillers:
            linked, last = linked or low[-1] in ":=", low.rstrip(":=")
            continue
        most -= 1
        quoted = token[0] in '"«' and token[-1] in '"»' and len(token) > 2
        inner = token[1:-1].strip() if quoted else token
        kept = inner.rstrip(".,;:)»\"'…]")
        begin = start + token.find(kept) if kept else start
        if kept:
            yield Said(begin, begin + len(kept), linked or quoted, last, kept)
        if kept and token[-1] in ".!?" and not re.search(r"\d", token):
            return
        linked, last = token[-1] in ":=", low
