"""Slots filled with correct French: « {du plat} » with « soupe f » bound to plat -> « de la soupe ».

{plat}              the word alone               {un plat} {le plat} {du plat} {au sortie} {de plat}
{ce plat} {mon famille} {ton famille} {en pays}  {beau/belle plat}  m/f, m/f/p or m/f/mp/fp
{Un plat}           with a capital               {plat2}  another word of the same category
{moi_ville}         a fact about the one who answers, kept for the whole dialogue
[oui|non|]          one of these                 content(e)  of the gender of the speakers
<ici|là>            one of these, at the same place in all the <|> of an exchange
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

HERE = Path(__file__).with_name("everyday")
PERSONAL = ("prénom", "métier")  # said of somebody: of that person's gender
ASPIRATED = ("haricot", "hamster", "handball", "hockey", "huit", "onze", "yaourt", "yoga")
# m, f, plural; a fourth form stands before a vowel in the singular.
ARTICLES = {
    "un": ("un ", "une ", "des "),
    "le": ("le ", "la ", "les ", "l'"),
    "du": ("du ", "de la ", "des ", "de l'"),
    "au": ("au ", "à la ", "aux ", "à l'"),
    "de": ("de ", "de ", "de ", "d'"),
    "de_un": ("d'un ", "d'une ", "de ", "d'"),
    "que": ("que ", "que ", "que ", "qu'"),
    "mon": ("mon ", "ma ", "mes ", "mon "),
    "ton": ("ton ", "ta ", "tes ", "ton "),
    "votre": ("votre ", "votre ", "vos "),
}


@dataclass(frozen=True, slots=True)
class Noun:
    """A word and its gender: Noun("crêpes", feminine=True, plural=True)."""

    text: str
    feminine: bool = False
    plural: bool = False

    @property
    def elides(self) -> bool:
        return self.text[0].lower() in "aeiouyhéèêàâîôœ" and not self.text.startswith(ASPIRATED)


def read_noun(entry: str) -> Noun:
    """« tomates fp » -> Noun("tomates", True, True)."""
    found = re.fullmatch(r"(.+?)(?: (mp|fp|m|f))?", entry.strip())
    code = found[2] or "m"
    return Noun(found[1], code.startswith("f"), code.endswith("p"))


def read_lexicon() -> dict[str, list[Noun]]:
    lines = (HERE / "lexicon.txt").read_text("utf-8").splitlines()
    named = (line.split(": ", 1) for line in lines if line and not line.startswith("#"))
    return {name: [read_noun(entry) for entry in words.split(",")] for name, words in named}


def with_form(form: str, noun: Noun) -> str:
    """with_form("au", plage) -> "à la plage"; with_form("beau/belle", plage) -> "belle"."""
    if "/" in form:
        choices = form.split("/")
        plural = choices[2:] or [choice + ("" if choice[-1] in "sx" else "s") for choice in choices]
        return plural[-1 if noun.feminine else 0] if noun.plural else choices[noun.feminine]
    if form == "en":
        return ("aux " if noun.plural else "en " if noun.feminine or noun.elides else "au ") + noun.text
    if form == "ce":
        before = "ces " if noun.plural else "cette " if noun.feminine else "cet " if noun.elides else "ce "
        return before + noun.text
    forms = ARTICLES[form]
    if noun.elides and len(forms) == 4 and elided(form, noun):
        return forms[3] + noun.text
    return forms[2 if noun.plural else noun.feminine] + noun.text


def elided(form: str, noun: Noun) -> bool:
    """« d'œufs » but « les œufs »; « d'une idée » keeps its article."""
    return noun.plural if form == "de_un" else form in ("de", "que") or not noun.plural


@dataclass
class Filler:
    """Fills the patterns of one dialogue; what a slot was given, it keeps until `forget`."""

    lexicon: dict[str, list[Noun]]
    rng: Random
    feminine: bool
    bound: dict[str, Noun] = field(default_factory=dict)

    def forget(self) -> None:
        """A new subject: new words, but the speaker stays who they are."""
        self.bound = {key: noun for key, noun in self.bound.items() if "moi_" in key or "toi_" in key}

    def fill_all(self, patterns: list[str]) -> list[str]:
        turn = self.rng.randrange(60)
        return [self.fill(pattern, turn) for pattern in patterns]

    def fill(self, pattern: str, turn: int = 0) -> str:
        pattern = re.sub(r"<([^<>]*)>", lambda found: pick(found[1].split("|"), turn), pattern)
        chosen = re.sub(r"\[([^\[\]]*)\]", lambda found: self.rng.choice(found[1].split("|")), pattern)
        filled = re.sub(r"\{([^{}]+)\}", lambda found: self.slot(found[1]), chosen)
        return tidy(re.sub(r"\(e\)", "e" if self.feminine else "", filled))

    def slot(self, body: str) -> str:
        form, _, key = body.rpartition(" ")
        noun = Noun("", self.feminine) if key.lower() == "moi" else self.noun(key[0].lower() + key[1:])
        text = with_form(form[0].lower() + form[1:], noun) if form else noun.text
        text = text.split("/")[-1 if self.feminine else 0]  # « gentil/gentille » is said of the speakers
        return text[0].upper() + text[1:] if body[0].isupper() else text

    def noun(self, key: str) -> Noun:
        if key not in self.bound:
            category = key.removeprefix("moi_").removeprefix("toi_").rstrip("23456789")
            taken = {noun.text for noun in self.bound.values()}
            words = [noun for noun in self.lexicon[category] if noun.text not in taken]
            if key != category and category in PERSONAL and "_" in key:
                words = [noun for noun in words if noun.feminine == self.feminine]
            self.bound[key] = self.rng.choice(words)
        return self.bound[key]


def pick(choices: list[str], turn: int) -> str:
    return choices[turn % len(choices)]


def tidy(text: str) -> str:
    """Spaces that an empty choice left, and a capital at the start of every sentence."""
    text = re.sub(r" +", " ", text).replace(" ,", ",").replace(" .", ".").strip()
    return re.sub(r"(^|[.!?…] )([a-zàâéèêîôœç])", lambda found: found[1] + found[2].upper(), text)
