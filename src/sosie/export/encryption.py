"""Encryption of bytes with a passphrase.

 encrypt(b"...", "une phrase")        ->  b"sosie-1\\n" + 16 bytes of salt + 12 of nonce + ciphertext
 decrypt(encrypted, "une phrase")     ->  b"..."

scrypt (RFC 7914; N = 2^17, r = 8, p = 1: 128 MiB and a few tenths of a second a try), then AES-256-GCM, which
also tells whether a byte was changed. The costs are fixed by the first line: no file can ask for more.
Not covered: a phrase that can be guessed, and a machine on which it is typed.
"""

import os
import unicodedata
from typing import TYPE_CHECKING

from sosie.core.errors import BadData, BadSettings
from sosie.core.extras import need

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_HEADER = b"sosie-1\n"
SALT, NONCE = 16, 12
COST, BLOCKS, LANES = 1 << 17, 8, 1
SHORTEST_PHRASE = 10  # characters


def encrypt(content: bytes, phrase: str) -> bytes:
    if len(phrase) < SHORTEST_PHRASE:
        raise BadSettings(
            f"Cette phrase secrète est trop courte : il faut au moins {SHORTEST_PHRASE} signes.",
            "Quatre ou cinq mots sans rapport entre eux font une bonne phrase.",
        )
    head = _HEADER + os.urandom(SALT + NONCE)
    return head + cipher_of(head, phrase).encrypt(head[-NONCE:], content, head)


def decrypt(encrypted: bytes, phrase: str) -> bytes:
    """The content. BadData if the phrase is wrong or a byte was changed: the two cannot be distinguished."""
    head = encrypted[: len(_HEADER) + SALT + NONCE]
    if not head.startswith(_HEADER):
        raise BadData("Ce contenu scellé est d'une version inconnue de sosie.", "Mettez sosie à jour.")
    need("cryptography", extra="seal")
    from cryptography.exceptions import InvalidTag

    try:
        content: bytes = cipher_of(head, phrase).decrypt(head[-NONCE:], encrypted[len(head) :], head)
        return content
    except (InvalidTag, ValueError):
        raise BadData(
            "Ce n'est pas la bonne phrase secrète, ou le fichier est abîmé.",
            "Retapez-la (majuscules et accents comptent), ou copiez le fichier de nouveau.",
        ) from None


def cipher_of(head: bytes, phrase: str) -> "AESGCM":
    """The cipher with the key of a phrase and this salt. « é » typed as two characters is the same phrase."""
    need("cryptography", extra="seal")
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    salt = head[len(_HEADER) : len(_HEADER) + SALT]
    words = unicodedata.normalize("NFC", phrase).encode()
    return AESGCM(Scrypt(salt=salt, length=32, n=COST, r=BLOCKS, p=LANES).derive(words))
