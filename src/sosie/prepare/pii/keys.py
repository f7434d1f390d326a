"""Keys of services: what programs show to open a door.

    sk-proj-…  ghp_…  AKIA…  eyJ….….…  -----BEGIN PRIVATE KEY-----

Known by their prefix; a long mixed string is one too, after a word like « token » or by itself.
"""

import re
from collections.abc import Iterator

from sosie.prepare.pii.base import Found, before

KEY = re.compile(
    r"(?<![A-Za-z0-9])(?:sk-(?:[a-z]+[\w]*-)*[A-Za-z0-9_-]{16,}|[spr]k_(?:live|test)_\w{10,}|whsec_\w{16,}"
    r"|gh[opsur]_\w{20,}|github_pat_\w{20,}|gl[a-z]{2,4}-[\w-]{16,}|(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}"
    r"|xox[abeoprs](?:-[\w-]{8,}|\.[\w-]{8,})|xapp-[\w-]{10,}|AIza[\w-]{30,}|ya29\.[\w-]{20,}"
    r"|GOCSPX-[\w-]{20,}"
    r"|hf_[A-Za-z0-9]{20,}|npm_\w{20,}|pypi-[\w-]{20,}|dop_v1_\w{30,}|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|key-[0-9a-f]{32}"
    r"|sq0[a-z]{3}-[\w-]{20,}|EAA[A-Za-z0-9]{30,}|r8_\w{20,}|gsk_\w{20,}|pplx-\w{20,}|tvly-\w{16,}"
    r"|nvapi-[\w-]{20,}|lin_api_\w{20,}"
    r"|shp(?:at|ss|ca|pa)_\w{20,}|AC[0-9a-f]{32}|SK[0-9a-f]{32}|\d{8,10}:[\w-]{35}"
    r"|[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,}"
    r"|dckr_pat_[\w-]{20,}|figd_[\w-]{20,}|ntn_\w{20,}|secret_\w{30,}|vercel_\w{20,}|sbp_\w{30,}"
    r"|rk-\w{20,}|AGE-SECRET-KEY-1\w{50,}"
    r"|eyJ[\w-]{6,}(?:\.[\w-]{4,}){1,2}\.?[\w-]*|0x[0-9a-fA-F]{40,64}|bc1[a-z0-9]{25,60})(?![A-Za-z0-9])"
)
KEY_BLOCK = re.compile(r"-----BEGIN [A-Z0-9 ]{3,40}-----[\s\S]{1,8000}?(?:-----END [A-Z0-9 ]{3,40}-----|\Z)")
SSH_KEY = re.compile(
    r"\b(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\w+) AAAA[A-Za-z0-9+/=]{20,}(?: [\w.-]+@[\w.-]+)?"
)
LONG_WORD = re.compile(r"\S{13}|-----")  # no key is shorter
LONG_TOKEN = re.compile(r"(?<![\w/+.-])[A-Za-z0-9+/_=.-]{20,}(?![\w])")
KEY_WORDS = re.compile(
    r"\b(?:cle|cles|key|token|jeton|api|secret|bearer|auth\w*|credential\w*|acces|aws|openai|github|hash"
    r"|seed|x-api-key)\b|_(?:key|token|secret)"
)


def keys(text: str) -> Iterator[Found]:
    """By their prefix; a long string of letters and digits after a word like « token », or very mixed."""
    if not LONG_WORD.search(text):
        return
    for pattern in (KEY_BLOCK, SSH_KEY, KEY):
        for match in pattern.finditer(text):
            yield Found(*match.span(), "clé", match[0])
    for match in LONG_TOKEN.finditer(text):
        token = match[0].rstrip(".")
        digits, letters = len(re.findall(r"\d", token)), len(re.findall("[A-Za-z]", token))
        mixed = len(token) >= 28 and re.search("[a-z]", token) and re.search("[A-Z]", token) and digits > 2
        told = (
            KEY_WORDS.search(before(text, match.start()) + " " + token[:20].lower())
            and digits
            and letters > 1
        )
        aws = re.fullmatch(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z0-9+/]{40}", token)
        if aws or (mixed and token.count("-") < 4 and token.count(".") < 2 and "/" not in token) or told:
            yield Found(match.start(), match.start() + len(token), "clé", token)
