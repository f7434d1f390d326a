"""Names of accounts: after the network's or the login's name, before it, or by their own shape.

    mon insta c'est lea.mtn   lea_mtn37 sur snap   @lea.mtn   malo#1234   identifiant : lea37

Not covered: a bare « @malo », which is a first name; a plain word that no « mon insta c'est » announces.
"""

import re
from collections.abc import Iterator
from itertools import zip_longest

from sosie.prepare.pii.announced import ENDS, FILLERS, NO_VALUE, PLAIN, Said, words_said
from sosie.prepare.pii.base import DATE, Found, before, small_words, words_of

FOLLOWED = re.compile(
    r"(?i)\b(?:follow|abonne[sz]?(?:[ -](?:toi|vous))?(?: a)?|(?:r?ajoute[sz]?|suis|suivez|dm)(?:[ -]moi)?"
    r"|add(?: me)?)"
    r"[ :]{1,3}(?P<value>[A-Za-z_][\w.-]{2,30})"
)
FOLLOWING = words_of(
    "follow abonne abonnes abonnez ajoute ajoutes ajoutez rajoute rajoutes rajoutez suis suivez dm add"
)
PLATFORM = (
    r"insta(?:gram)?|ig|snap(?:chat)?|tik ?tok|twitter|telegram|discord|twitch(?:\.tv)?|facebook|fb"
    r"|messenger|skype"
    r"|steam"
    r"|psn|xbox|gamertag|linkedin|github|gitlab|reddit|bluesky|bsky|mastodon|threads|vinted|pinterest"
    r"|youtube|bereal|be real"
    r"|tinder|badoo|roblox|fortnite|battle ?net|tumblr|wattpad|strava|leboncoin|paypal|lydia|wero|deezer"
    r"|spotify|soundcloud|onlyfans|switch|epic|riot|valorant|signal"
)
LOGIN = (
    r"pseudos?|pseudonyme|login|logins|log in|identifiants?|username|user ?name|user|nom d'utilisateur"
    r"|nickname|handle|arobase|(?<=mon )@|(?<=ton )@|(?<=son )@"
)
ACCOUNT = re.compile(rf"(?<![\w@/.])(?:(?P<platform>{PLATFORM})|(?P<login>{LOGIN}))(?!/?\w)(?!\.\w)")
ACCOUNT_WORDS = words_of(
    "insta instagram ig snap snapchat tik tiktok twitter telegram discord twitch facebook fb messenger skype "
    "steam psn xbox gamertag linkedin github gitlab reddit bluesky bsky mastodon threads vinted pinterest "
    "youtube bereal be tinder badoo roblox fortnite battle battlenet tumblr wattpad strava leboncoin paypal "
    "lydia wero deezer spotify soundcloud onlyfans switch epic riot valorant signal pseudo pseudos "
    "pseudonyme login logins log identifiant identifiants username user nom nickname handle arobase"
)  # the first of each
HANDLE = re.compile(r"@?[A-Za-z0-9_](?:[\w.-]{1,38}\w|_)?_{0,3}")
ACCOUNT_FILLERS = words_of(
    "mon ma ton son sa ta de du la le l un une c moi je suis m'appelle pseudo sous a au nom compte sur "
    "add ajoute ajoutez moi ajoute-moi suis-moi follow suivez rejoins cherche mets tape dm en nouveau "
    "nouvelle est pro perso ou et aussi voici voila user id identifiant login pseudonyme handle "
    "username the my is aka toujours pareil numero ig insta instagram snap snapchat tiktok twitter "
    "telegram discord facebook twitch fb caf ameli impots edf client banque"
)
HANDLE_FIRST = re.compile(
    rf"(?i)(?<![\w@.])(?P<value>@?[A-Za-z0-9_][\w.-]{{2,30}})[ \"»]{{0,2}}(?:,? ?(?:sur|chez)|,? ?\("
    rf"| (?=snap|insta|tik)"
    rf"| dans(?: la| ma)?(?: barre(?: de)?)?(?: recherche)?"
    rf"|,? ?c'est|,? c(?= mon)|,? ?=|,? ?(?:pour|comme)| (?=mon ))\s?(?:mon |ma |son |le |l'"
    rf"|ton )?(?:compte |pseudo "
    rf"|nouveau "
    rf"|nv )?(?:{PLATFORM}|pseudo|login|identifiant)\b"
)
NAMING = re.compile(
    r"\b(?:je suis|c'est|moi c'est|ajoute\w*|cherche|suis|suivez|trouve|add|follow|tape|pseudo|mon|j'suis"
    r"|chuis|appelle)[ :-]*(?:moi )?(?:sous |a |au nom de )?[ :\"«]*$"
)
BARE_HANDLE = re.compile(r"(?<![\w@./])@(?P<value>[A-Za-z0-9_](?:[\w.]|-(?=\w)){1,29})(?![\w@])")
EVERYONE = words_of(
    "tous toutes tout everyone here channel all moi toi vous nous demain home team equipe groupe"
)
SHAPED = re.compile(
    r"[A-Za-z_][\w.-]*\d|_|\w\.\w|\d[A-Za-z_]{3,}|^x\w{2,}x$|^[a-z]{2,}[A-Z][a-z]"
    r"|^(?!YouT|WhatsA|FaceT|PlaySt|SoundC|OnlyF|BlueS|BattleN)[A-Z][a-z]{3,}[A-Z]\w{2}"
)
TAGGED = re.compile(r"(?<![\w#&/])(?P<value>[A-Za-z_][\w.]{1,31} ?#\d{4,5})(?!\w)")
NOT_TAGGED = re.compile(
    r"(?i)(?:commande|ticket|issue|bug|pr|facture|dossier|lot|numero|n|no|ref|article|episode|ep|chapitre"
    r"|num) ?#"
)


def accounts(text: str) -> Iterator[Found]:
    """Names on networks and logins: after the network's name, before it, or by their own shape."""
    network, words, at = False, small_words(text), "@" in text
    named = at or not ACCOUNT_WORDS.isdisjoint(words)
    said_words = list(ACCOUNT.finditer(text.lower())) if named else []
    for told, then in zip_longest(said_words, said_words[1:]):
        network = True
        end = then.start() if then and then[0] == told[0] else len(text)  # « ig ig ig »: each word read once
        for said in words_said(text, told.end(), end, ACCOUNT_FILLERS, 4 if told["platform"] else 3):
            if is_handle(text, told, said):
                yield account(said.start, said.start + len(name_of(said)), text)
                break
            if not said.linked and re.search(r"[.!?]$", said.text):
                break
    for match in HANDLE_FIRST.finditer(text) if network else ():
        value = match["value"]
        shaped = looks_like_a_handle(value)
        owned = (
            re.search(r"c(?:'est)? mon ", match[0]) and not text[: match.start()].rpartition("\n")[2].strip()
        )
        called = (
            (NAMING.search(before(text, match.start())) or (owned and len(value) > 5))
            and len(value) > 3
            and value.lower() not in PLAIN
        )
        if (shaped or value[0] == "@" or called) and not NO_VALUE.fullmatch(value):
            yield account(*match.span("value"), text)
    for match in TAGGED.finditer(text) if "#" in text else ():
        if not NOT_TAGGED.match(match["value"]):
            yield account(*match.span(), text)
    for match in FOLLOWED.finditer(text) if not FOLLOWING.isdisjoint(words) else ():
        if looks_like_a_handle(match["value"]) and not NO_VALUE.fullmatch(match["value"]):
            yield account(*match.span("value"), text)
    for match in BARE_HANDLE.finditer(text) if at else ():
        name = match["value"].rstrip(".")
        shown = looks_like_a_handle(name) or (name[0].islower() and len(name) > 5)
        if shown and name.lower() not in EVERYONE and not NO_VALUE.fullmatch(name):
            yield account(match.start(), match.start() + 1 + len(name), text)


def account(start: int, end: int, text: str) -> Found:
    return Found(start, end, "compte", text[start:end].lstrip("@").replace(" ", "").lower())


def looks_like_a_handle(value: str) -> bool:
    """A letter, and a digit, a dot, an underscore or a capital within."""
    name = value.lstrip("@").rstrip(".")
    if not re.search("[A-Za-z]", name) or re.search(
        r"\.(?:com|fr|net|org|jpe?g|png|mp[34]|pdf|gif)$|\.\.", name
    ):
        return False
    return bool(SHAPED.search(name)) and len(name) > 2


def name_of(said: Said) -> str:
    """Without the emoji, the star or the question mark that follows."""
    return re.sub(r"[^\w]+$", "", said.text)


def is_handle(text: str, told: re.Match[str], said: Said) -> bool:
    """What is shaped as one; a plain word only after « mon insta c'est » or a colon, at the sentence's"
    " end."""
    name = name_of(said)
    if NO_VALUE.fullmatch(name) or not HANDLE.fullmatch(name) or DATE.fullmatch(name):
        return False
    if name[0] == "@" and len(name) > 2:
        return name[1:].lower() not in EVERYONE
    if looks_like_a_handle(name):
        return said.linked or "-" not in name or bool(re.search(r"-\w*[A-Za-z]\w*\d", name))
    if told["login"] and said.linked and re.fullmatch(r"\d{4,}", name):
        return True
    owned = re.search(r"\b(?:mon|mn|ma|son|ton|sa|ta|le|leur|notre|votre) $", before(text, told.start(), 8))
    ends = name != said.text or ENDS.match(text[said.end : said.end + 20].lower())
    colon = re.search(r"[:=@>]\s*[\"«]?\s*$", text[told.end() : said.start])
    plain_word = name.lower() in PLAIN or name.lower() in FILLERS or name.isdigit() or len(name) < 4
    last_word = bool(owned) and len(name) > 5 and not text[said.end : said.end + 8].strip(" .!\n")
    said_after = said.linked or last_word or said.last in ("suis", "pseudo", "sous", "m'appelle")
    return bool(
        said_after and ends and not plain_word and (owned or colon or told["login"] or said.last == "suis")
    )
