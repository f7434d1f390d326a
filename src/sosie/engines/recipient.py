"""Whom private text is sent to: a server that the user named, here unless they said otherwise in words.

CHAT.check("https://un-nom.example/v1", key="", elsewhere=False)   ->  BadSettings: what it would read
CHAT.warning("http://un-nom.example/v1")                           ->  « ... sans chiffrement ... »
"""

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from sosie.core.errors import BadSettings


@dataclass(frozen=True, slots=True)
class Recipient:
    """In French: what it is called, what it reads, and the flag that accepts it on another machine."""

    name: str
    sent: str
    flag: str

    def check(self, url: str, key: str, elsewhere: bool) -> None:
        """BadSettings for an address or a key that may not be used."""
        parts = self._split(url)
        if not elsewhere and not is_here(parts.hostname or ""):
            raise BadSettings(
                f"Ce {self.name} n'est pas sur cette machine : « {parts.hostname} » recevrait {self.sent}.",
                f"Prenez un modèle local (http://127.0.0.1:...), ou acceptez-le avec {self.flag}.",
            )
        if "@" in parts.netloc or not key.isascii() or not f"{key}-".isprintable():
            raise BadSettings(
                f"La clé de ce {self.name} ne peut pas être envoyée ainsi.",
                "Donnez-la par une variable ou un fichier, sans accent ni saut de ligne, hors de l'adresse.",
            )

    def warning(self, url: str) -> str:
        """What the user must be told before anything is sent; empty for this machine."""
        parts = self._split(url)
        if is_here(parts.hostname or ""):
            return ""
        bare = " sans chiffrement" if parts.scheme == "http" else ""
        return f"Le {self.name} est ailleurs : « {parts.hostname} » va recevoir{bare} {self.sent}."

    def _split(self, url: str) -> SplitResult:
        address = url.partition("#")[0]
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            usable = False
        if not usable or not address.isascii() or not url.isprintable() or " " in address:
            raise BadSettings(
                f"L'adresse du {self.name} n'est pas lisible.", "Exemple : http://127.0.0.1:11434/v1#mistral"
            )
        return parts


CHAT = Recipient("serveur", "la consigne et toute la conversation", "--elsewhere")


def is_here(host: str) -> bool:
    """This machine, by number or by the one name that always means it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
