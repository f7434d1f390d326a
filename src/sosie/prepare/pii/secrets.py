"""Passwords and codes said in the open.

    mdp : Azerty123!   le code du portail c'est 45B12   tape 1234 à l'interphone

A password is what is said after a word like « mdp », whatever it looks like; a
code after « code » must hold a digit, so that « mon code marche pas » and « le code de la route » stay.
Not covered: a password without a digit that is said in the middle of a sentence, or without any such word.
"""

import re
from collections.abc import Iterator
from itertools import compress, islice, zip_longest

from sosie.prepare.pii.announced import BEFORE_A_YEAR, ENDS, FILLERS, NO_VALUE, PLAIN, Said, words_said
from sosie.prepare.pii.base import (
    DATE,
    Found,
    after,
    before,
    holds,
    letters_and_digits,
    small_words,
    words_of,
)

STRONG = (
    r"mdps?|codes? (?:du |de la |de )?wi-?fi|mots? ?(?:de|2|d) ?passes?|mot d'passe|m2p|password"
    r"|passwords|passwd|pwd|passcode|passphrase|passe ?phrase"
    r"|phrase (?:secrete|de passe)|passe?(?= ?(?:wi-?fi|netflix|:|=|c'est|du|de la|\S*\d))"
    r"|(?<=mon )pass(?= (?:c|est) )|cles? (?:du |de la |de )?(?:wi-?fi|wep|wpa2?|reseau|box|securite)|wep"
    r"|wpa2?|psk|reponse secrete"
)
CODE = (
    r"codes?|digicodes?|digi|pin|puk|cvv2?|cvc2?|crypto(?:gramme)?(?: visuel)?|combinaison|combi|cadenas"
    r"|interphone|deverrouill\w*"
    r"|portail|alarme|coffre(?:-fort)?|boite a cles?|vigik|visiophone|otp|2fa|clavier|schema"
    r"|wi-?fi(?= ?[:=])|porte(?= ?[:=])|entree(?= ?[:=])|hall(?= ?[:=])|sas(?= ?[:=])|immeuble(?= ?[:=])"
    r"|(?:entr|ouvr|mont)[ei]r(?= ?[:=])"
)
# What is locked by a password that people give without the word: « le wifi c'est doudou42 ».
LOCKED = r"wi-?fi|pass|cles?|netflix|spotify|disney\+?|canal\+?|prime|livebox|freebox|box|session|icloud|ordi"
# The first words of all these, digits included, but for « déverrouiller ».
ACCESS_WORDS = words_of(
    "mdp mdps code codes mot mots mot2 mots2 motde motsde motd motsd motdepasse motdepasses motsdepasse "
    "motsdepasses motdpasse motdpasses motsdpasse motsdpasses mot2passe mot2passes mots2passe "
    "mots2passes m2p password passwords passwd pwd passcode passphrase passe pass phrase cle cles wep "
    "wpa wpa2 psk reponse digicode digicodes digi pin puk cvv cvv2 cvc2 crypto cryptogramme combinaison "
    "combi cadenas interphone portail alarme coffre boite vigik visiophone otp 2fa clavier schema wi "
    "wifi porte entree hall sas immeuble entrer entrir ouvrer ouvrir monter montir netflix spotify "
    "disney canal prime livebox freebox box session icloud ordi"
)
ACCESS = re.compile(rf"\b(?:(?P<strong>{STRONG})|(?P<code>{CODE})|(?P<locked>{LOCKED}))\b(?!@)")
NOT_A_CODE = re.compile(
    r" ?(?:promo\w*|atc|\d{3} erreur|reduc\w*|de reduc\w*|postal|postaux|civil|penal|du travail"
    r"|de la route|de commerce|barres?|a barres?|source"
    r"|couleur|erreur|d'erreur|http|naf|ape|insee|produit|article|dress|morse|qr|vestimentaire"
    r"|rousseau|napoleon|rural|electoral|iso|html|python|java\w*|de la consommation|de la sante|general"
    r"|forestier|monetaire|noir|parrain\w*|cadeau|avantage|moral|de conduite|de deontologie|d'honneur|pays"
    r"|a \d|en \d|\d{3} (?:recu|ok|http)|de l'education|article|l\.?\d|-barres?|-source|-couleur"
    r"|des? [a-z]+ (?:publi|fisc)\w*|rom|penale|de procedure|de l'urbanisme|de l'environnement|hammurabi"
    r"|soleil|genetique|binaire|review|da vinci)\b",
    re.IGNORECASE,
)
REVERSED = re.compile(
    r"(?i)(?<![^\s(\[*])[\"«]?\s?(?P<value>\d\d[ .-]\d\d(?![^\s,])|\d{3,6} [A-Z](?![^\s,])"
    r"|(?=[^\s\"«»]{0,30}[\d#@!$%*])[^\s\"«»,]{3,40})[\"»]?[ ,]{0,2}(?:c'?est|c est"
    r"|est|=|<?->?|<=|←|:|\(|pour|comme|, ?(?=le |mon |la )| (?=(?:le|mon) (?:code|mdp|mot|digi"
    r"|pin)))\s?(?:le |la |l'"
    r"|mon |ma |ton |ta |son |sa |notre |votre |leur )?"
    rf"(?:nouveau |nouvelle |nv |ptit |petit |bon )?(?P<word>{STRONG}|code|digicode|pin|interphone|portail"
    rf"|alarme|coffre|cadenas|porte d'entree|porte du bas|wi-?fi)\b"
)
TYPED = re.compile(
    r"(?i)\b(?:tape[rsz]?|fai[st]|faites|faire|compose[rsz]?|entre[rsz]?|saisi\w*|mets?|rentre[rsz]?"
    r"|appuie\w*(?: sur)?)[ :]+(?:le |bien |juste |alors )?"
    r"(?P<value>\d\d[ .-]\d\d|(?:\d ){3,5}\d|[A-Za-z*#]?\d[\dA-Za-z*#]{2,9})(?!\w)"
)
VERB = (
    r"(?i)\b(?:tape[rsz]?|fai[st]|faites|compose[rsz]?|entre[rsz]?|saisi\w*|(?:re)?m[ei]s"
    r"|(?:re)?mets?|mettez"
    r"|rentre[rsz]?|utilise[rsz]?|essa[iy]e[rsz]?|pri[st]|prends?|choisi\w*)"
)
ODD = re.compile(r"[\d_#@!$%*]")
ODD_VALUE = r"[\"«]? ?(?P<value>(?=[^\s\"«»,]*[\d_#@!$*%])[^\s\"«»,]{4,40})[\"»]?"
# What is used as a password, without or before the word: « j'ai mis doudou comme mdp », « connecte toi avec
# doudou42 », « utilise doudou42 pour te connecter », « identifiants : marie / doudou42 ».
USED = (
    re.compile(
        rf"{VERB}(?: ca| juste)?[ :]+[\"«]? ?(?P<value>[^\s\"«»,]{{4,40}})[\"»]? ?(?:comme|en) "
        rf"(?:mon |nouveau |seul )?(?:{STRONG}|pass|code)\b"
    ),
    re.compile(rf"(?i)\b(?:connecte\w*|ouvr\w+|deverrouill\w+)\b[^.,!?\n]{{0,20}}? avec {ODD_VALUE}"),
    re.compile(
        rf"{VERB} {ODD_VALUE} ?pour (?:[tsm]e |[tsm]'|vous |nous )?(?:connecter|identifier|logger|loguer"
        r"|deverrouiller|ouvrir|entrer|rentrer|monter|acceder|activer|desactiver)\b"
    ),
    re.compile(
        r"(?i)\b(?:identifiants?|ids?|logins?|logs?|connexion|acces|compte)\b[^\n:=/|]{0,30}[:=]?\s?[^\s/"
        r"|]{2,40}"
        r"(?:\s?[/|]\s?| puis | et |\n)(?P<value>(?=[^\s/]*[\d#@!$*%])[^\s/]{4,40})(?![^\s,.])"
    ),
)
LOGINS = words_of("identifiant identifiants id ids login logins log logs connexion acces compte")
# « c'est doudou le mdp »: letters only, so no word of every day, unless it is quoted.
LETTERS_FIRST = re.compile(
    rf"(?i)\bc ?'?est [\"«]? ?(?P<value>[a-z-]{{5,30}})(?P<quote> ?[\"»])? (?:le |mon |ton "
    rf"|son |notre |leur )"
    rf"(?:nouveau )?(?:{STRONG})\b(?! (?:ou|que?|qui)\b)"
)
MIXED = re.compile(r"(?=.{5,40}$)(?=.*[A-Za-z])(?=.*[\d#@!$%*_]|.*[a-z][A-Z])[^/:]+$")
PAIRED = re.compile(r"\d\d[ .-]\d\d")
DOORS = re.compile(
    r"\b(?:digi\w*|code|portail|interphone|porte|alarme|entree|immeuble|hall|clavier|boitier|coffre"
    r"|cadenas|sonne|sas|pin|en bas)\b"
)
# One of these is near each string that REVERSED or TYPED finds.
NEAR = words_of(
    "code mdp pass pwd pin wifi wi-fi port digi interphone alarme coffre cadenas m2p secrete wep wpa psk "
    "reseau box securite entree immeuble hall clavier boitier sonne sas bas"
)


def access(text: str) -> Iterator[Found]:
    """Passwords and codes, said after the word or before it."""
    low, words, odd = text.lower(), small_words(text), bool(ODD.search(text))
    told = not ACCESS_WORDS.isdisjoint(words) or "deverrouill" in low
    if told:
        yield from said_after_a_word(text)
    used = told and ("comme " in low or "en " in low)
    may_be = used, odd and " avec " in low, odd and "pour " in low, odd and not LOGINS.isdisjoint(words)
    for pattern in compress(USED, may_be):
        for match in pattern.finditer(text):
            if match["value"].lower() not in PLAIN and not NO_VALUE.fullmatch(match["value"]):
                yield Found(*match.span("value"), "secret", secret_as_one(match["value"]))
    for match in LETTERS_FIRST.finditer(text) if told and "est " in low else ():
        value = match["value"].lower()
        if match["quote"] or value not in PLAIN | FILLERS:
            yield Found(*match.span("value"), "secret", secret_as_one(match["value"]))
    if not (odd and holds(low, NEAR)):
        return
    for match in REVERSED.finditer(text):
        shaped = has_code(match["value"], 3) or re.search(r"[A-Za-z].*[#@!$%*]", match["value"])
        if PAIRED.fullmatch(match["value"]) or (shaped and not NO_VALUE.fullmatch(match["value"])):
            start, end = match.span("value")
            yield Found(start, end, "secret", secret_as_one(text[start:end]))
    for match in TYPED.finditer(text):
        around = before(text, match.start()) + " | " + after(text, match.end(), 48)
        if DOORS.search(around) and (
            PAIRED.fullmatch(match["value"]) or not NO_VALUE.fullmatch(match["value"])
        ):
            yield Found(*match.span("value"), "secret", secret_as_one(match["value"]))


def said_after_a_word(text: str) -> Iterator[Found]:
    """« mdp : Azerty123! », « le code du portail c'est 45B12 »"""
    said_words = list(ACCESS.finditer(text.lower()))
    for told, then in zip_longest(said_words, said_words[1:]):
        word, first = told[0], True
        end = then.start() if then and then[0] == word else len(text)  # « mdp mdp mdp »: each word read once
        verb = re.search(r"(?:j'ai|t'as|il a|on a) $", before(text, told.start(), 8))
        coded = verb and word == "code" and not re.search(r"\d", text[told.end() : told.end() + 12])
        if told["code"] and (coded or NOT_A_CODE.match(text, told.end())):
            continue
        if re.search(r"\bqr[ -]?$", before(text, told.start(), 4)):
            continue
        if told["locked"]:
            for said in islice(words_said(text, told.end(), end, FILLERS), 2):
                if (
                    said.linked
                    or said.last in ("?", "wifi", "mets", "met", "tapes", "tape", "rentres")
                    or said.start < told.end() + 3
                ) and is_mixed(said.text):
                    yield Found(said.start, said.end, "secret", secret_as_one(said.text))
            continue
        for said in words_said(text, told.end(), end, FILLERS, 8 if told["strong"] else 5):
            another = said.last in ("puis", "ou", "et") or re.search("[A-Za-z]", said.text)
            if (first or (another and has_code(said.text, 4))) and is_secret(
                text, said, bool(told["strong"])
            ):
                whole = whole_groups(text, said.start, said.end)
                yield Found(said.start, whole, "secret", secret_as_one(text[said.start : whole]))
                first = False


def secret_as_one(value: str) -> str:
    return letters_and_digits(value) or value


def is_mixed(token: str) -> bool:
    """Letters with digits or odd signs: « soleil42 », « Doudou! », « kX_pq »."""
    return bool(MIXED.match(token)) and not NO_VALUE.fullmatch(token)


def has_code(token: str, fewest: int) -> bool:
    """Enough digits, or letters and digits together; no date."""
    digits = sum(sign.isdigit() for sign in token)
    letters = sum(sign.isalpha() for sign in token)
    mixed = digits and (letters or re.search(r"[^\w.,/:-]", token)) and digits + letters >= 4
    return bool(digits >= fewest or mixed) and not (DATE.fullmatch(token) and "/" in token)


def is_secret(text: str, said: Said, strong: bool) -> bool:
    """A password is anything said after « mdp : »; a code has three digits or more."""
    token, following = said.text, text[said.end : said.end + 16]
    low = token.lower()
    if re.fullmatch(r"\d\d\.\d\d", token) and not re.match(r"\s?(?:€|e\b|euro)", following):
        return True
    if NO_VALUE.fullmatch(token) or (
        token.isdigit()
        and re.match(
            r"\s?(?:€|euros?|ans|fois|km|h\b|%|mois|jours?|places?|personnes?|caracteres|chiffres)",
            following,
        )
    ):
        return False
    lettered = text[: said.start].endswith("A ")  # « code A 1854 »
    if (
        not (said.linked or lettered)
        and said.last in BEFORE_A_YEAR
        and re.fullmatch(r"\d{1,3}|(?:1[5-9]|20)\d\d", token)
    ):
        return False
    spelt = re.match(r"(?:[ _.-]?[\dA-Za-z](?!\w)){3,}", text[said.start : said.start + 24])
    if spelt and re.search(r"\d.*\d.*\d", spelt[0]):
        return True
    paired = re.match(r"\d\d[ -]\d\d(?!\d)", text[said.start :][:8])
    if has_code(token, 3) or (paired and len(token) < 6):
        return True
    if not strong or len(token) < 3 or low in PLAIN or low in FILLERS or "'" in token[:2]:
        return False
    odd = re.search(r"[^\w'.,-]", token.rstrip("!?")) or re.search(r"[a-z][A-Z]|_", token)
    return bool(odd) or (
        said.linked and len(token) > 3 and bool(ENDS.match(text[said.end : said.end + 20].lower()))
    )


def whole_groups(text: str, start: int, end: int) -> int:
    """Where « 4F5A 8B2C 9D1E » or « 1 2 3 4 B » ends, told its first group."""
    size = end - start
    follow = re.compile(
        rf"[ \t_.-]{{1,2}}(?:(?=[A-Z]*\d)[A-Z\d]{{{size}}}|[A-Z*#]|(?<=\d )\d(?=\s?[A-Z*#]?(?:\s|$)))"
        rf"(?![\w'])"
    )
    for _ in range(9 if size < 7 and re.search(r"\d", text[start:end]) else 0):
        match = follow.match(text, end)
        if not match:
            break
        end = match.end()
    return end
