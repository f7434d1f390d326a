"""E-mail addresses, plain and disguised.

    jean.dupont@exemple.fr   jean point dupont arobase gmail point com   jean.dupont [at] exemple.fr

A disguised one needs a disguised @ and the end of a domain, or a known mail service.
"""

import re
from collections.abc import Iterator

from sosie.prepare.pii.base import Found, alone, before

EMAIL = re.compile(r"[\w.+-]{0,63}[\w+]@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}(?!\w)")
SERVICE = (
    r"(?:g[. ]?mail|googlemail|hotmail|outlook|yahoo|ymail|free|orange|laposte|la poste|wanadoo|sfr|neuf"
    r"|bbox|icloud|live|msn"
    r"|proton(?:mail)?|gmx|aol|numericable|club-?internet|videotron|bluewin|skynet|proximus|tutanota|mailo"
    r"|exemple|example)"
)
A_SERVICE = rf"a(?=[\s_-]{{1,3}}{SERVICE}\W)"
AT = re.compile(
    r"(?i)\s{0,2}(?:@|[\[({<*]\s?(?:at|arr?obas\w{0,2}|@|a|chez)\s?[\])}>*])\s{0,2}"
    r"|[\s_-]{1,3}(?:a robase|ar{1,2}o ?ba[sz]\w{0,2}|a commercial|at|chez|@|"
    rf"{A_SERVICE})[\s_-]{{1,3}}|(?<=\w)(?:arr?obase?|AROBASE)(?=\w)"
)
AT_SAID = re.compile(rf"(?i)@|ro ?ba|[\s_-](?:at[\s_-]|{A_SERVICE}|a comm)|[\[({{<*] ?(?:at?|chez)\b|\bchez ")
DOT = r"(?:\s?\.\s?|\s?[\[({<]\s?(?:dot|point|pt|\.)\s?[\])}>]\s?|\s{1,2}(?:point|dot|pt)\s{1,2}|,)"
LINKED = (
    rf"(?:{DOT}|\s?[-_+]\s?|\s{{1,2}}(?:tiret(?:(?: du)? (?:bas|haut|six|huit|8|6))?|underscore"
    rf"|under ?score|moins|plus|trait d'union)\s{{1,2}})"
)
MAIL_WORDS = re.compile(r"\b(?:e?-?mails?|adresses?|ecri\w*|contact\w*|envo\w*)\b")
LOCAL_PART = re.compile(rf"(?i)(?<![\w.])[\w]{{1,40}}(?:{LINKED}\w{{1,40}}){{0,5}}$")
END = (
    r"(?:com|fr|net|org|be|ch|ca|eu|qc|io|me|info|edu|gouv|lu|ma|dz|tn|sn|ci|cm|re|bzh|paris|co|uk|de|es"
    r"|it|ai|app|dev|test|invalid)"
)
DOMAIN = re.compile(
    rf"(?i)(?:\w[\w-]{{0,40}}(?:{DOT}\w[\w-]{{0,40}}){{0,3}}?{DOT}{END}(?:{DOT}{END})?|{SERVICE})(?!\w)"
)


def emails(text: str) -> Iterator[Found]:
    """Plain ones, then those that hide their @ or their dots."""
    for match in EMAIL.finditer(text) if "@" in text else ():
        yield Found(*match.span(), "email", match[0].lower())
    last = 0
    if not AT_SAID.search(text):
        return
    for at in AT.finditer(text):
        domain = DOMAIN.match(text, at.end(), at.end() + 90)
        local = domain and LOCAL_PART.search(text, max(last, at.start() - 80), at.start())
        if domain and local and stands_for_at(at[0].strip(" _-"), text, local, domain[0]):
            last = domain.end()
            same = f"{spoken(local[0])}@{spoken(domain[0])}"
            yield Found(local.start(), domain.end(), "email", same)


def stands_for_at(word: str, text: str, local: re.Match[str], domain: str) -> bool:
    """« chez » before a mail service; « à » before its whole name, after « mail » or what looks like one."""
    if word.lower() == "chez":
        return bool(re.match(rf"(?i){SERVICE}", domain))
    if word.lower() != "a":
        return True
    whole = re.fullmatch(rf"(?i){SERVICE}{DOT}{END}", domain)
    shown = re.search(r"[\d._-]", local[0]) or alone(text, local.start(), local.end() + 3 + len(domain))
    return bool(whole and (shown or MAIL_WORDS.search(before(text, local.start()))))


def spoken(part: str) -> str:
    """« jean point dupont » is « jean.dupont »."""
    part = re.sub(rf"(?i){DOT}", ".", part)
    part = re.sub(r"(?i)\s+(?:tiret (?:du )?(?:bas|huit|8)|under ?score)\s+", "_", part)
    return re.sub(
        r"\s+", "", re.sub(r"(?i)\s+(?:tiret(?: du (?:haut|six|6))?|moins|trait d'union)\s+", "-", part)
    ).lower()
