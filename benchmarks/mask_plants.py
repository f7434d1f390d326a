"""Private strings as French speakers write them, drawn at random, and sentences that carry them.

    planted("carte", Random(1), 400)   ->  400 pairs (« ma CB c'est le 4970·1000·… », « 4970·1000·… »)

All are invented; keys are right where one exists. A pair counts as masked when nothing of the string is left.
"""

from collections.abc import Callable, Iterator
from random import Random

from benchmarks.mask_strings.numbers import birth, card, company, iban, nir, paper, plate, vat
from benchmarks.mask_strings.phones import (
    african,
    belgian,
    dom,
    landline,
    mobile,
    phone_mention,
    quebec,
    swiss,
)
from benchmarks.mask_strings.places import gps, other_address, street, town
from benchmarks.mask_strings.words import (
    code,
    disguised,
    email,
    handle,
    key,
    link,
    mention,
    network,
    password,
    tag,
    word,
)

CARRIERS = {
    "phone": "appelle-moi au {}|mon num c'est {}|{}|tel : {} merci|tu peux me joindre au {} demain|Salut !"
    " nouveau numéro {}"
    "|note bien le {} stp|whatsapp {}|le plombier c'est le {}, il répond vite|(tél. {})|ok je te rappelle"
    " sur le {} ce soir"
    "|📞 {}|voilà son portable: {}|tel:{}|numéro:{}|mon 06 : {}|{} c'est mon num|envoie un sms au {}",
    "email": "mon mail c'est {}|{}|écris-moi à {} stp|envoie ça à {}, merci|mail : {}|tu peux l'envoyer"
    " sur {} ?",
    "address": "j'habite {}|{}|on se retrouve au {} à 20h|adresse : {}|livre le colis {} stp|c'est {},"
    " code en bas|rdv {} demain",
    "town": "j'habite à {}|{}|mon adresse c'est {}|on a déménagé à {} l'an dernier|livraison à {}"
    " stp|c'est à {}, tu vois ?",
    "nir": "mon numéro de sécu {}|{}|n° sécu : {} voilà|ma sécu c'est {}|NIR {}|je te donne mon numéro de"
    " sécurité sociale : {}",
    "iban": "mon iban : {}|{}|vire sur {} stp|RIB {} merci|l'iban c'est {}|virement sur le compte {}",
    "card": "ma CB c'est {}|{}|carte : {} exp 12/27|paye avec la {} stp|numéro de carte {}",
    "company": "mon SIRET {}|siret : {}|le siren de ma boîte c'est {}|n° siret {} pour la"
    " facture|entreprise {}|siren:{}",
    "plate": "ma plaque {}|{}|la voiture immatriculée {}|plaque : {}|je suis garé, c'est la {}|immat {}"
    "|sa plaque c {}",
    "birth": "je suis né le {}|née le {} à Tours|date de naissance : {}|ma date de naissance c'est le"
    " {}|Malo est né le {}"
    "|né(e) le {}|mon anniversaire c'est le {}|DDN {}|elle est née le {}, je crois",
    "gps": "rdv à {}|{}|coordonnées GPS : {}|je suis là {}|le point c'est {}|position {}",
    "password": "mdp : {}|le mot de passe c'est {}|mon mdp c'est {} garde-le|mot de passe {}|mdp wifi :"
    ' {}|password: {}|mot 2 passe : {}|passe wifi {}|wifi maison : {}|mdp "{}"'
    "|le mdp de la box c'est {}|mdp netflix {}|mot de passe du wifi = {}|MDP {}",
    "word": "mdp : {}|le mot de passe c'est {}|mon mdp c'est {}, change pas|mot de passe wifi :"
    " {}|password: {}",
    "code": "le digicode c'est {}|code : {}|le code de la porte c'est {}|digicode {}|code portail {} puis"
    " 2e étage|tape {} à l'interphone"
    "|code PIN {}|le code de ma carte est {}|{} c'est le code de la porte|code alarme : {}|le code du"
    " coffre {}|mon code c'est {}",
    "handle": "mon insta c'est {}|insta : {}|ajoute moi sur snap {}|mon snap : {}|sur tiktok je suis"
    " {}|twitter {}|{} sur insta"
    "|mon pseudo c'est {}|telegram : {}|suis-moi sur instagram {}|identifiant : {}"
    "|mon linkedin c'est {}|mn tik tok: {}|son xbox -> {}",
    "tag": "mon discord c'est {}|{}|ajoute {}|discord : {}",
    "mention": "suis {} stp|{}|regarde ce qu'a posté {} !|t'as vu {} hier",
    "paper": "mon passeport {}|passeport n° {}|numéro de passeport : {}|ma CNI c'est {}|carte d'identité"
    " {}|mon permis {}"
    "|numéro de permis : {}|titre de séjour n° {}|mon n° allocataire {}|numéro fiscal : {}|numéro étudiant"
    " {}|n° d'allocataire CAF : {}|dossier n° {}|num dossier {}|n° de télédéclarant : {}"
    "|identifiant ameli {}",
    "network": "l'ip c'est {}|{}|ssh root@{}|connecte toi à {} stp|serveur {}|mon adresse {}",
    "key": 'la clé c\'est {}|{}|export KEY={}|token : {}|mets {} dans le .env|"api_key": "{}"',
    "link": "regarde {}|{}|clique là {} stp|le lien: {}.",
}
CLASSES: dict[str, tuple[Callable[[Random], str], str]] = {
    "mobiles": (mobile, "phone"),
    "fixes": (landline, "phone"),
    "outre-mer": (dom, "phone"),
    "Belgique": (belgian, "phone"),
    "Suisse": (swiss, "phone"),
    "Afrique": (african, "phone"),
    "Québec": (quebec, "phone"),
    "mentions de numéros": (phone_mention, "mention"),
    "e-mails": (email, "email"),
    "e-mails déguisés": (disguised, "email"),
    "rues": (street, "address"),
    "autres adresses": (other_address, "address"),
    "codes postaux et villes": (town, "town"),
    "NIR": (nir, "nir"),
    "IBAN": (iban, "iban"),
    "cartes": (card, "card"),
    "SIREN et SIRET": (company, "company"),
    "TVA": (vat, "company"),
    "plaques": (plate, "plate"),
    "naissances": (birth, "birth"),
    "GPS": (gps, "gps"),
    "mots de passe": (password, "password"),
    "mots de passe sans chiffre": (word, "word"),
    "codes": (code, "code"),
    "comptes": (handle, "handle"),
    "comptes à dièse": (tag, "tag"),
    "comptes mentionnés": (mention, "mention"),
    "papiers": (paper, "paper"),
    "IP et MAC": (network, "network"),
    "clés": (key, "key"),
    "liens": (link, "link"),
}


# How WhatsApp and its users set off a piece of text.
WRAPPERS = ("_{}_", "*{}*", "👉{}👈", "ok...{}", "({})", "« {} »", "[{}]")


def planted(name: str, chance: Random, count: int) -> Iterator[tuple[str, str]]:
    """Sentences and the string that each holds."""
    draw, carrier = CLASSES[name]
    carriers = CARRIERS[carrier].split("|")
    for place in range(count):
        secret = draw(chance)
        text = carriers[place % len(carriers)].format(secret)
        text = chance.choice(WRAPPERS).format(text) if chance.random() < 0.2 else text
        yield (
            (text[0].upper() + text[1:] if chance.random() < 0.3 and not text.startswith(secret) else text),
            secret,
        )


def is_masked(text: str, secret: str, spans: list[tuple[int, int]]) -> bool:
    """Whether every letter and digit of the string is hidden."""
    start = text.index(secret)
    hidden = {place for begin, end in spans for place in range(begin, end)}
    return all(place in hidden for place in range(start, start + len(secret)) if text[place].isalnum())
