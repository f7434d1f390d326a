"""Addresses of the network and of places: links that tell something, IP, MAC, coordinates.

    https://exemple.fr/reset?token=abc
    192.168.1.10   fe80::1ff:fe23:4567:890a   01:23:45:67:89:AB   48.8566, 2.3522   48°51'24"N 2°21'07"E

A plain page stays.
"""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from sosie.prepare.pii.base import Found, before, holds
from sosie.prepare.pii.phones import FRENCH

LINK = re.compile(
    r"(?i:\bhttps?://|\bwww\.|\b(?:[a-z-]+\.)?(?:instagram|facebook|tiktok|linkedin|snapchat|twitter|wa"
    r"|t|bit|discord|we|paypal|calendly|whatsapp|zoom|doctolib|google|lydia-app|twitch|youtube|threads"
    r"|reddit|github|steamcommunity|strava|bsky|onlyfans|x)\.(?:com|me|ly|gg|tl|us|fr|tv|net|app)/"
    r"|(?<![\w./@-])[a-z0-9-]{1,40}(?:\.[a-z0-9-]{1,40}){0,3}\.(?:fr|com|org|net|io|be|ch"
    r"|ca|eu)/(?=[^\s?]{0,80}\?))"
    r"[^\s<>«»\"]+"
)
SECRET_NAME = re.compile(
    r"(?i)(?<![a-z])(?:(?:api|auth|access|secret)_?(?:key|token)|token|key|access|auth|sig|signature"
    r"|secret|pwd"
    r"|password|passwd|pass|mdp|code|otp|session|session_?id|sid|jwt|invite|invitation|hash|e?mail"
    r"|phone|tel"
    r"|telephone|login|user|uuid|guid|magic|reset|confirm|verif(?:y|ication)?|apikey|tk|ticket|share"
    r"|resourcekey"
    r"|usp_?token|x-amz-\w+|se|sv|sp|igsh(?:id)?)(?![a-z])"
)
PERSONAL_PAGES = re.compile(
    r"(?i)(?://|^|[/.])(?:[\w-]+\.)*(?:wa\.me/|chat\.whatsapp\.com|t\.me/|discord\.gg"
    r"|discord\.com/invite|zoom\.us/[jsw]|meet\.google\.com|maps\.app\.goo\.gl|goo\.gl/maps"
    r"|wetransfer\.com/downloads/|calendar\.app\.google|photos\.app\.goo\.gl|we\.tl/|1drv\.ms|(?:docs"
    r"|drive)\.google\.com/."
    r"|dropbox\.com/s|signal\.(?:group|me)|paypal\.me|lydia-app\.com"
    r"|linkedin\.com/in/|snapchat\.com/add/|tiktok\.com/@|instagram\.com/(?!p/|reels?/|explore|stories"
    r"|tv/)[\w.]+"
    r"|facebook\.com/(?:profile\.php|people/|(?!events?/|groups/|watch|marketplace|photo|share"
    r"|pages/)[\w.-]+/?$)"
    r"|(?:twitter|x)\.com/\w+/?$|calendly\.com/|bit\.ly/|tinyurl\.com/|paypal\.com/paypalme/"
    r"|revolut\.me/|forms\.gle/|tricount\.com/\w{6}|mega\.nz/(?:file|folder)"
    r"|swisstransfer\.com/d/|fromsmash\.com/\w|teams\.(?:live|microsoft)\.com/|meet\.jit\.si/"
    r"|icloud\.com/(?:photos|share)"
    r"|twitch\.tv/(?!videos/|directory)[\w.-]+/?$|youtube\.com/(?:@|user/)|threads\.(?:net"
    r"|com)/@|reddit\.com/u(?:ser)?/"
    r"|github\.com/[\w-]+/?$|steamcommunity\.com/(?:id|profiles)/|strava\.com/athletes/|bsky\.app/profile/"
    r"|onlyfans\.com/\w|vinted\.[a-z]+/member|what3words\.com/\w+\.|share\.icloud\.com"
    r"|vm\.tiktok\.com/|leetchi\.com/c/)"
)
RANDOM = re.compile(
    r"(?=[A-Za-z_-]{0,40}\d)(?=\d{0,40}[A-Za-z])[A-Za-z0-9]{16,}"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|eyJ[\w-]{10,}"
)
RANDOM_VALUE = re.compile(r"(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9_-]{10,}")
PUBLIC_NAMES = (
    "v",
    "list",
    "q",
    "query",
    "p",
    "page",
    "utm_campaign",
    "utm_source",
    "utm_medium",
    "gclid",
    "ref",
)
PLACE_IN_LINK = re.compile(r"-?\d{1,3}\.\d{4,}(?:,|%2C|&\w+=)[ +]?-?\d{1,3}\.\d{4,}")
SECRET_PATH = re.compile(
    r"(?i)/(?:invites?|invitation|reset|token|share|partage|poll|join|rejoindre|s|d|dl|download|magic|verify|confirm"
    r"|activat\w+|validat\w+|unsubscribe|login|auth)[/-]"
    r"(?=[\w-]*(?:\d|(?-i:[a-z][A-Z])))[\w-]{6,}"
)

BYTE = r"(?:0|[1-9]\d{0,2})"
IPV4 = re.compile(
    rf"(?<![\w.])(?<!\d[ ,-])(?:{BYTE}\.){{3}}{BYTE}(?![\w.]?\d)(?:/\d{{1,2}}|:\d{{2,5}}(?!\d))?"
    rf"|(?<![\w.])(?<!\d[ ,-]){BYTE}( ?(?:\[\.\]|\(\.\)) ?| \. )(?:{BYTE}\1){{2}}{BYTE}(?![\w.]?\d)"
)
SOFTWARE_VERSION = re.compile(
    r"(?:\bv(?:ersions?)?|\bchrome|\bfirefox|\bsafari|\bandroid|\bios|\bfirmware|\brelease|\bbuild|\w/) ?$"
)
IPV6 = re.compile(
    r"(?<![\w:.])(?=[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:)(?P<address>(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}"
    r"(?=:\d{2,5}(?![\w:]))|[0-9A-Fa-f:]{5,39})(?:/\d{1,3}|%\w{1,9}|:\d{2,5})?(?![\w:])"
)
MAC = re.compile(
    r"(?<![\w:])(?<!\w-)[0-9A-Fa-f]{2}([:\-_. ])"
    r"(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?!\w|\1[0-9A-Fa-f]{2}(?!\w))"
    r"|(?<![\w.])[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![\w.])"
    r"|(?<!\w)[0-9A-Fa-f]{6}-[0-9A-Fa-f]{6}(?!\w)|(?<!\w)[0-9A-Fa-f]{12}(?!\w)"
)
MAC_SHAPE = re.compile(
    r"[0-9A-Fa-f][0-9A-Fa-f](?:[:\-_. ][0-9A-Fa-f]{2}[:\-_. ][0-9A-Fa-f]{2}"
    r"|[0-9A-Fa-f]{2}(?:\.[0-9A-Fa-f]{4}|[0-9A-Fa-f]{2}-?[0-9A-Fa-f]{4}))"
)  # of the first signs of any
MAC_WORD = re.compile(r"\b(?:mac|adresse physique|bluetooth|ethernet)\b")

DEGREES = r"[+-]?\d{1,3}[.,]\d{3,}"
DECIMAL = re.compile(r"\d[.,]\d{3}")
HEMISPHERE = r"\s?°?\s?[NSEWOnsewo]?(?![a-z])"
COORDINATES = re.compile(
    rf"(?<![\w.])(?<!\d,)(?:[NSns]\s?)?({DEGREES}){HEMISPHERE}(?:\s?[,:;/|_·~-]\s{{0,3}}"
    rf"|\s{{1,3}}|\s?(?:et|\||y(?=[:=])|lon\w*"
    rf"|lng)\s?[:=]?\s?|(?<=\s)|\s?[,;]?\s?(?i:lon\w*|lng)\s?[:=]?\s?)"
    rf"(?:[EWOewo]\s?)?({DEGREES})(?!\d)(?:\s?°?\s?[NSEWOnsewo](?!\w))?"
)
SIXTIETHS = (
    r"(?:[NSEWO]\s?)?\d{1,3}\s?(?:°|º|deg)\s?(?:\d{1,2}(?:[.,]\d+)?\s?(?:'|min)"
    r"|\d{1,2}[.,]\d{2,})(?:\s?\d{1,2}"
    r"(?:[.,]\d+)?\s?(?:\"|''))?"
)
SEXAGESIMAL = re.compile(
    rf"(?<!\w){SIXTIETHS}\s?[NSEWO]?(?:[\s,;/|_·~-]{{0,3}}{SIXTIETHS}\s?[NSEWO]?)?(?!\w)"
)
PLUS_CODE = re.compile(r"(?<!\w)[2-9CFGHJMPQRVWX]{4}(?:[2-9CFGHJMPQRVWX]{4})?\+[2-9CFGHJMPQRVWX]{2,3}(?!\w)")
ONE_DEGREE = re.compile(rf"\b(?:lat|lon|lng|latitude|longitude)\w*\s?[:=]?\s?({DEGREES})")


def links(text: str) -> Iterator[Found]:
    """Whole links that hold something secret; a plain page stays."""
    for match in LINK.finditer(text) if "/" in text else ():
        link = match[0].rstrip(".,;:!?…'’*]`~")
        link = link.rstrip(")") if "(" not in link else link
        if holds_a_secret(link):
            yield Found(match.start(), match.start() + len(link), "lien", link)


def holds_a_secret(link: str) -> bool:
    """A password, a token, someone's number, page or place, an invitation."""
    if any(p.search(link) for p in (PERSONAL_PAGES, RANDOM, PLACE_IN_LINK, FRENCH, SECRET_PATH)):
        return True
    try:
        parts = urlsplit(link)
    except ValueError:  # not a link after all: « https://[ »
        return False
    if "@" in parts.netloc:
        return True
    named = parse_qsl(parts.query) + parse_qsl(parts.fragment)
    return any(
        SECRET_NAME.search(name) or (name not in PUBLIC_NAMES and RANDOM_VALUE.fullmatch(value))
        for name, value in named
    )


def ip_addresses(text: str) -> Iterator[Found]:
    """Four numbers up to 255 that are no version, or an IPv6."""
    for match in IPV4.finditer(text) if text.count(".") > 2 else ():
        numbers = re.findall(r"\d+", match[0])[:4]
        version = SOFTWARE_VERSION.search(before(text, match.start(), 12))
        a_phone = re.search(r"(?:\(\+?\d{1,3}\)|\b0[1-9]) ?$", before(text, match.start(), 8))
        loose = a_phone or match[1] == " . " and not re.search(r"\bip\b", before(text, match.start()))
        if (
            all(int(number) < 256 for number in numbers)
            and not version
            and not loose
            and numbers[0] not in ("0", "127")
        ):
            yield Found(*match.span(), "ip", ".".join(numbers))
    for match in IPV6.finditer(text) if text.count(":") > 1 else ():
        bare = match["address"] if match["address"].endswith("::") else match["address"].rstrip(":")
        if re.search("[0-9]", bare) and (bare.count(":") == 7 or len(bare.partition("::")[0]) > 2):
            try:
                yield Found(*match.span(), "ip", ipaddress.IPv6Address(bare).compressed)
            except ValueError:  # « 12:34:56 » and the like
                continue


def mac_addresses(text: str) -> Iterator[Found]:
    """Six pairs with colons; with another sign, or none, a letter or the word must show that it is one."""
    for match in MAC.finditer(text) if MAC_SHAPE.search(text) else ():
        lettered = re.search("[A-Fa-f]", match[0]) and re.search(r"\d", match[0])
        announced = MAC_WORD.search(before(text, match.start()))
        grouped = match[1] in ("-", "_", ".") or match[0].count(".") == 2
        if match[1] == ":" or announced or (lettered and grouped):
            yield Found(*match.span(), "mac", re.sub(r"\W|_", "", match[0]).lower())


def coordinates(text: str) -> Iterator[Found]:
    """Latitude and longitude, in degrees or in minutes and seconds."""
    for match in SEXAGESIMAL.finditer(text) if holds(text, ("°", "º", "deg")) else ():
        if re.search(r"[NSEWO\"]|''", match[0]):
            yield Found(*match.span(), "gps", re.sub(r"\s", "", match[0]))
    decimal = DECIMAL.search(text)
    for match in COORDINATES.finditer(text) if decimal else ():
        north, east = (float(part.replace(",", ".")) for part in match.groups())
        exact = min(len(part.replace(",", ".").partition(".")[2]) for part in match.groups()) > 3
        lettered = re.search(r"(?i)\d\s?°?\s?[NSEWO]\b|\b[NSEWO]\s?\d", match[0])
        told = re.search(
            r"\b(?:gps|coord\w*|lat\w*|position|loc\w*|point|geo)\b", before(text, match.start())
        )
        if abs(north) <= 90 and abs(east) <= 180 and (exact or told or lettered):
            yield Found(*match.span(), "gps", f"{north:.4f},{east:.4f}")
    for match in PLUS_CODE.finditer(text) if "+" in text else ():
        yield Found(*match.span(), "gps", match[0])
    for match in ONE_DEGREE.finditer(text.lower()) if decimal else ():
        yield Found(match.start(1), match.end(1), "gps", match[1])
