"""Towns beside their postcode, in both orders.

    35999 Saint-Pol-la-Lune   35999, saint pol   Tours 37000   lannion (22 300)   B-4000 Liège   H2X 1Y4

Small letters are believed of a large town (towns.py), where someone says to live there, or where nothing else
is said: « 12500 messages » is counted, « 12500 bretons » too.
"""

import re
from collections.abc import Iterator

from sosie.prepare.pii.announced import ENDS
from sosie.prepare.pii.base import Found, after, alone, before, plain, words_of
from sosie.prepare.pii.streets import (
    ARTICLE,
    COUNTED,
    POSTCODE,
    SMALL,
    SMALL_TOWN,
    TOWN,
    UNITS,
    address,
    trimmed,
)
from sosie.prepare.pii.towns import ABROAD, FRANCE

HOUSE_WORD = (
    r"\b(?:j?habit\w*|adresses?|domicil\w*|loge\w*|vis|vit|vivons|vivez|demenag\w*|chez (?:moi|eux|elle|lui"
    r"|nous|toi|mes|ma|mon)|livr\w*|(?:en)?voi\w* a|crech\w*|resid\w*|installe\w*|retrouve\w*|rdv"
    r"|rendez-vous|passe\w*|viens|venez|sonne\w*|dispo|situe\w*|appart|maison|mairie"
    r"|tribunal|agence|poste|coin|commune|lieu|parents|code postal|cp|postal|ville|colis|cabinet|bureaux?"
    r"|siege|gps|waze|expedi\w*|factur\w*|courrier|au|c'est)\b"
)
HOUSE = re.compile(HOUSE_WORD)
LAST_WORD = re.compile(
    rf"(?<![\w'-])(?:(?:(?i:l[ae]s?|ste?)|[A-Z][\w'-]{{2,}})[ -])?"
    rf"((?:(?!{HOUSE_WORD})\w{{3,}} (?:les?|la|sur|sous|en|lez) (?=\w{{4}}))?{SMALL})$"
)
HOME = re.compile(
    r"\b(?:j?habit\w*|adresse|domicil\w*|code postal|cp|vis|vit|demenag\w*|livr\w*|resid\w*|ville)\b"
)
TOWN_FIRST = re.compile(
    rf"(?<=[\w'])(?:[ ,;:/-]{{1,3}}(?:(?i:cp|code postal) ?:? ?)?"
    rf"|[ \t]{{0,2}}(?P<open>[(\[]))(?P<code>{POSTCODE}|(?P<split>\d\d {{1,2}}\d{{3}}))[)\]]?"
    rf"(?!\w|[.,]?\d)(?! ?{UNITS})"
)
WORDS_BEFORE = re.compile(r"[A-Za-z][\w']*(?:[ '-]{1,2}[A-Za-z][\w']*){0,5}$")
CODE_BEFORE = re.compile(rf"{POSTCODE}[ ,;-]{{1,3}}$")
NUMBER_BEFORE = re.compile(r"[ \t]\d{3}")
CODE_ALONE = re.compile(rf"(?<!\w)(?i:cp|code postal)[ :]{{1,3}}{POSTCODE}(?!\d)")
CAPITAL_TOWN = re.compile(rf"(?<![\w'-])({ARTICLE}{TOWN})$")
POSTCODE_FIRST = re.compile(
    rf"(?<![\w.€$£+])(?<!\w[/-])(?<!\d[,:])({POSTCODE}|\d\d {{1,2}}\d{{3}})"
    r"([.,;:)]?[ \t]{1,3}(?:[(\[]|[aA] )?|[ \t]?[-–/_·|\n][ \t]?)"
    rf"(?!{COUNTED})(?=[\w'-]{{3}}|(?i:l[ae]s?|st) )({ARTICLE}{TOWN}|{SMALL_TOWN})"
)
FOUR_DIGITS = re.compile(
    rf"(?<![\w.,:/€$£+])((?:(?:B|BE|CH|L|LU)[- ]{{1,2}})?[1-9]\d{{3}})([,;]?[ \t]{{1,3}}"
    rf"|[ \t]?[-_·|/][ \t]?)({TOWN}|(?:la |le )?{SMALL})"
)
FOUR_LAST = re.compile(
    rf"(?<![\w'-])({TOWN}|{SMALL})[ ,(]{{1,3}}((?:(?:B|BE|CH)[- ])?[1-9]\d{{3}})\)?(?![\w.,]?\d)"
    rf"(?! ?{COUNTED})"
)
AT_HOME = re.compile(r"\b(?:j?habit\w+|adresse ?:|domicil\w+|resid\w+)(?: a| au)? [1-9]\d{3}$")
SWISS_OR_BELGIAN = re.compile(r"\b(?:BE?|CH|LU?)[- ]{1,2}\d{4}(?!\d)")
SAINTS = {"st": "saint", "ste": "sainte"}
ABROAD_WORDS = frozenset(word for town in ABROAD for word in town.split("-") if len(word) > 3)
CANADIAN = re.compile(
    rf"(?<![A-Za-z0-9])(?:{TOWN}[, ]{{1,3}}(?:\(?(?:Quebec|QC|Qc|ON)\)?[, ]{{1,2}})?)?"
    rf"[ABCEGHJ-NPRSTVXYabceghj-nprstvxy]\d[A-Za-z][ \t_./·,*-]{{0,3}}\d[A-Za-z]\d"
    rf"(?![A-Za-z0-9])"
)
COUNTING = re.compile(
    r"\b(?:les|des|ces|nos|leurs|mes|quelques?|environ|presque|plus de|moins de|pres de|total) $"
)
DISTRICT = re.compile(r"750(?:0[1-9]|1\d|20)|6900[1-9]|130(?:0[1-9]|1[0-6])")
HOMONYMS = words_of("tours lens orange gap vienne salon")  # « 10000 tours »
COMPOUND = re.compile(
    r"(?i)(?:l[ae] )?\w+-(?:sur|sous|en|les?|lez|la|des?|du|aux|d|l)-\w|(?:ste?|sainte?)[ -]\w{3}"
    r"|\w+[^sx ] (?:sur|sous|en|les?|lez|la) \w{4}"
    r"|(?!(?:rendez|week|peut|apres|grands?|petits?|beaux?|belles?|demi|mi|sous|non|vis|celui|celle|ceux"
    r"|moi|toi|lui)-)\w{3,}-\w{4,}"
)
OPENED = re.compile(
    r"(?:^|[\n:(,;>»\"«*?!.-]|\b(?:a|c|c'est|note|tiens|est|prends|vers|puis|ou|et|direction)) *$"
)
GOING = re.compile(r"\b(?:sur|de|vers|a|par|jusqu'a) $")
SUM = re.compile(
    r"\b(?:record|score|total|plus|moins|environ|budget|salaire|prix|paye|gagne|fait|loyer|devis) $"
)
NO_VERB = re.compile(r"\b(?:sur|vers|en|pres de|ville|direction|maison de|j?habite) $")
LETTERED_TOWN = re.compile(
    r"(?:\b(?:a|et|ou|puis|depuis|meteo|sur|vers|de|dans|en|par|loin|c|c'?est|pres de|ville|village|bled"
    r"|patelin|au|ici|direction)|[,:(>]) ?$"
)
SENTENCE_WORDS = words_of(
    "devis ticket resa billet total pin soit a le la les un une des en depuis avec plus moins environ "
    "commande facture page prix reste voici encore windows euros budget salaire il elle on je tu nous vous "
    "ils numero code postal cp ville "
    "environ loyer bravo oui non merci article chapitre vers dans pour sur par de du et ou ni mais donc "
    "or car est sont avait etait faire fait paye gagne ref reference dossier lot colis lettre note "
    "score record annee an mars mai juin avril aout janvier cest"
)


def towns(text: str) -> Iterator[Found]:
    five = re.search(r"\d\d ?\d{3}", text)
    for match in TOWN_FIRST.finditer(text) if five else ():
        start = town_before(text, match)
        named_after = text[match.end() : match.end() + 2].strip()[:1].isupper() or known(
            text[match.end() :][:24], FRANCE
        )
        if start is None and match["open"] and not named_after:
            start = small_town_before(text, match)
        if start is not None:
            yield address(text, start, match.end())
    for match in POSTCODE_FIRST.finditer(text) if five else ():
        if is_a_town(text, match, match[3], FRANCE, bool(re.fullmatch(r"\d\d\s+\d{3}", match[1]))):
            yield address(text, *trimmed(match))
    for match in TOWN_FIRST.finditer(text) if five else ():
        if (start := small_town_before(text, match)) is not None:
            yield address(text, start, match.end())
        town = CAPITAL_TOWN.search(text, town_from(text, match.start()), match.start())
        at_home = town and HOME.search(before(text, town.start()))
        if town and (at_home or not match["split"]) and is_a_town_before(text, town, match.end()):
            yield address(text, town.start(), match.end())
    for match in CODE_ALONE.finditer(text) if five else ():
        yield address(text, *match.span())
    abroad = re.search(r"\d{4}", text) and (
        SWISS_OR_BELGIAN.search(text)
        or HOME.search(text.lower())
        or not ABROAD_WORDS.isdisjoint(re.findall(r"[a-z]{4,}", text.lower()))
    )
    for match in FOUR_DIGITS.finditer(text) if abroad else ():
        named = match[3][0].isupper() or COMPOUND.match(match[3])
        at_home = named and AT_HOME.search(before(text, match.end(1)))
        if known(match[3], ABROAD) or at_home or (match[1][0].isalpha() and match[3][0].isupper()):
            yield address(text, *trimmed(match))
    for match in FOUR_LAST.finditer(text) if abroad else ():
        if known(match[1], ABROAD) and not 1900 <= int(re.sub(r"\D", "", match[2])) <= 2100:
            yield address(text, *trimmed(match))
    for match in CANADIAN.finditer(text) if re.search(r"[A-Za-z]\d[A-Za-z]", text) else ():
        code = re.sub(r"[^A-Za-z]", "", match[0][-9:])[-3:]
        if code.upper() == code or code.lower() == code:
            yield address(text, *trimmed(match))


def town_from(text: str, end: int) -> int:
    """Where a town that ends here may begin: no name goes on over a number of three figures."""
    start = max(0, end - 60)
    return max((number.end() for number in NUMBER_BEFORE.finditer(text, start, end)), default=start)


def town_before(text: str, code: re.Match[str]) -> int | None:
    """Where « clermont-ferrand » of « à clermont-ferrand (63000) » begins, if it is one of the largest."""
    said = WORDS_BEFORE.search(text, max(0, code.start() - 40), code.start())
    words = list(re.finditer(r"[A-Za-z]+", said[0])) if said else []
    for size in range(min(len(words), 5), 0, -1):
        if said and known(said[0][words[-size].start() :], FRANCE, whole=True):
            start = said.start() + words[-size].start()
            return None if CODE_BEFORE.search(text, max(0, start - 12), start) else start
    return None


def small_town_before(text: str, code: re.Match[str]) -> int | None:
    """« à lattes (34970) », « j'habite lattes 34970 »: where a name in small letters begins."""
    small = LAST_WORD.search(text, max(0, code.start() - 40), code.start())
    if (
        not small
        or code["split"]
        or small[1].lower() in SENTENCE_WORDS
        or HOUSE.search(small[1].lower())
        or (small[1].endswith(("er", "ir")) and not NO_VERB.search(before(text, small.start())))
    ):
        return None
    round_number = code["code"].endswith("000") and "-" not in small[1]
    placed = LETTERED_TOWN.search(before(text, small.start())) and not round_number
    at_home = HOME.search(before(text, small.start()))
    said = code["open"] or placed or at_home or COMPOUND.match(small[1])
    return small.start() if said or alone(text, small.start(), code.end()) else None


def known(town: str, towns: frozenset[str], whole: bool = False) -> bool:
    """« Saint-Malo », « st malo », « Clermont-Ferrand cedex 2 »: its first words, or all of them."""
    words = [SAINTS.get(word, word) for word in plain(town).replace(" cedex", "").split()]
    return any("-".join(words[:size]) in towns for size in ((len(words),) if whole else range(1, 6)))


def is_a_town(text: str, match: re.Match[str], town: str, towns: frozenset[str], split: bool) -> bool:
    """With a capital and not counted (« les 25930 Bretons »), or a large one, or where someone says he"
    " lives."""
    words, whole = before(text, match.start()), alone(text, *match.span())
    sure = (
        known(town, towns)
        or COMPOUND.match(town)
        or DISTRICT.match(match[1])
        or after(text, match.end(), 7).startswith(" cedex")
    )
    round_number = match[1].endswith("000")
    people = re.search(r"(?:ais|iens|ois|ains|ards|ons)$", town) and "," not in match[2]
    people = people and not (whole and not match[1].endswith("00"))
    if (match[2].strip() == "/" and not (sure or town[0].isupper())) or (
        not sure and (people or COUNTING.search(words))
    ):
        return False
    home = HOME.search(words) or match[1][0] in "Ff"
    placed = HOUSE.search(words) or (town[0].isupper() and (LETTERED_TOWN.search(words) or whole))
    if "\n" in match[2] and placed and not round_number and ENDS.match(after(text, match.end())):
        return True
    if re.search(r"[aA\n.]", match[2]):
        return bool(home or (sure and ("\n" in match[2] or not round_number)))
    near = text[max(0, match.start() - 60) : match.start()].rstrip()
    if town[0].islower() and not sure and CAPITAL_TOWN.search(near):
        return False  # « Veigné 37250 demain »
    if town[0].isupper() and not (split and round_number):
        return True
    if round_number and plain(town) in HOMONYMS:
        return bool(home or LETTERED_TOWN.search(words) or whole)
    listed = "," in match[2] and not town.endswith(("s", "x"))
    bare = whole and (listed or not (round_number or split))
    return bool(sure or home or bare or is_set_apart(text, match, town))


def is_set_apart(text: str, match: re.Match[str], town: str) -> bool:
    """« note : 92120, montrouge »: nothing counted, after a sign or a short word, at the sentence's end."""
    words = before(text, match.start())
    plural = town.lower().split()[0].endswith(("s", "x")) and not (
        HOUSE.search(words) or (LETTERED_TOWN.search(words) and not match[1].endswith("00"))
    )
    counted = match[1].endswith("000") or plural or len(town) < 4
    if SUM.search(words):
        return False
    if GOING.search(words) and not counted and not match[1].endswith("00"):
        return True
    opened = OPENED.search(words) or HOUSE.search(words) or match[1].endswith("0")
    return bool(opened) and not counted and bool(HOUSE.search(words) or ENDS.match(after(text, match.end())))


def is_a_town_before(text: str, match: re.Match[str], end: int) -> bool:
    """« Veigné 37250 »: a capital where a place is said and the sentence ends or goes on after."""
    town, words = match[1], before(text, match.start())
    said = plain(town).split()
    if town[0].islower() or said[-1] in SENTENCE_WORDS or said[0] in SENTENCE_WORDS:
        return False
    first_said = not words.strip() and ":" not in text[match.end() : end]
    placed = LETTERED_TOWN.search(words) or first_said or HOUSE.search(words)
    return bool(placed) and not re.match(r" ?[a-z]{3,}s\b", after(text, end)[:14])
