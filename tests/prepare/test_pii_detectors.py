"""What identifies someone is found; everyday French is left alone. All numbers are invented or reserved."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sosie.prepare.pii.detectors import find, iban_is_right, luhn, nir_key

NBSP = "\u00a0"

PHONES = """06 39 98 12 47 / 06.39.98.12.47 / 06-39-98-12-47 / 0639981247 / 0639 981 247 / 06 399 812 47
0 6 3 9 9 8 1 2 4 7 / +33 6 39 98 12 47 / +33639981247 / +33 (0)6 39 98 12 47 / (+33)639981247
0033 6 39 98 12 47 / 0033639981247 / 00 33 6 39 98 12 47""".replace("\n", " / ").split(" / ")


@pytest.mark.parametrize("phone", [*PHONES, PHONES[0].replace(" ", NBSP), PHONES[0].replace(" ", "\u202f")])
@pytest.mark.parametrize("around", ["{}", "C'est le {}, monsieur.", "tél:{} ok ?", "le 12 {}"])
def test_one_french_phone_in_all_its_spellings(phone, around):
    (found,) = find(around.format(phone))
    assert (found.kind, found.same) == ("téléphone", "+33639981247")
    assert around.format(phone)[found.start : found.end] == phone


@pytest.mark.parametrize(
    ("phone", "same"),
    [
        ("+32 470 12 34 56", "+32470123456"),
        ("0041 79 123 45 67", "+41791234567"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("+212 6 12 34 56 78", "+212612345678"),
        ("+999 12 34 56 78", "+99912345678"),
    ],
)
def test_a_foreign_phone(phone, same):
    (found,) = find(f"mon numéro belge ou autre : {phone} !")
    assert (found.kind, found.same) == ("téléphone", same)


@pytest.mark.parametrize("between", [" ", " ou ", "\n", " / ", ", ", "-"])
@pytest.mark.parametrize("one", ["06 39 98 12 47", "02 99 01 02 03", "0299010203"])
@pytest.mark.parametrize("other", ["06 39 98 12 48", "02 99 01 02 04", "+33 2 99 01 02 05"])
def test_two_phones_side_by_side_are_two(one, other, between):
    assert [found.kind for found in find(f"{one}{between}{other}")] == ["téléphone"] * 2


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("écris à Lea.B+x@mail.exemple.fr.", "lea.b+x@mail.exemple.fr"),
        ("lea_b@exemple.fr!", "lea_b@exemple.fr"),
        ("<léa@exemple.fr>", "lea@exemple.fr"),
    ],
)
def test_an_email(text, same):
    (found,) = find(text)
    assert (found.kind, found.same) == ("email", same)


@pytest.mark.parametrize(
    "text",
    [
        "FR76 3000 6000 0112 3456 7890 189",
        "fr7630006000011234567890189",
        "mon rib : FR7630006000011234567890189 merci beaucoup",
        "FR76 3000 6000 0112 3456 7890 189 c'est bon",
        "BE71 0961 2345 6769 voilà",
    ],
)
def test_an_iban_with_its_key(text):
    (found,) = find(text)
    assert found.kind == "iban" and iban_is_right(found.same)
    assert text[found.start : found.end].replace(" ", "").upper() == found.same


@pytest.mark.parametrize(
    "text", ["4970 1000 0000 0154", "4111-1111-1111-1111", "378282246310005", "5555555555554444."]
)
def test_a_bank_card(text):
    (found,) = find(text)
    assert found.kind == "carte" and luhn(found.same)


@pytest.mark.parametrize(
    "text", ["1 85 05 78 006 084 91", "185057800608491", "1 85 05 78 006 084", "2 55 08 2A 123 456"]
)
def test_a_social_security_number(text):
    (found,) = find(f"mon numéro de sécu {text} voilà")
    assert found.kind == "nir" and f"mon numéro de sécu {text} voilà"[found.start : found.end] == text


def test_the_keys_are_those_of_the_rules():
    assert nir_key("1850578006084") == 91
    assert nir_key("255082A123456") == 97 - 2550819123456 % 97
    assert iban_is_right("FR7630006000011234567890189") and not iban_is_right("FR7630006000011234567890188")


@pytest.mark.parametrize(
    "link",
    [
        "https://lea:motdepasse@exemple.fr/x",
        "https://exemple.fr/reset?token=abc",
        "https://exemple.fr/f?x=1&access_token=abc",
        "https://exemple.fr/#apikey=abc",
        "https://chat.whatsapp.com/ABCDEF",
        "https://wa.me/33639981247",
        "https://exemple.fr/d/1A2b3C4d5E6f7G8h9I0j/view",
        "https://exemple.fr/partage/123e4567-e89b-12d3-a456-426614174000",
        "https://maps.exemple.fr/?q=48.11234,-1.67890",
        "www.exemple.fr/?mdp=abc",
    ],
)
def test_a_link_that_holds_a_secret_goes_whole(link):
    (found,) = find(f"regarde {link}, stp")
    assert (found.kind, found.same) == ("lien", link)


ADDRESSES = """14 rue du Chat-Perché, 35999 Saint-Pol-la-Lune
14 rue du Chat-Perché
3bis av. victor hugo
3 bis, avenue de la République
7 rue du Dr. Roux
12, rue du 8 Mai 1945
12 RUE DES LILAS 75999 PARIS
5 place Bellecour
14 rue Pierre et Marie Curie 35000 rennes
2 impasse des lilas
27 boulevard de l'Hôpital
12-14 quai d’Alsace
Rue de la Loi 16, 1000 Bruxelles
35999 Saint-Pol-la-Lune""".splitlines()


@pytest.mark.parametrize("address", [*ADDRESSES, "8 allée des Tilleuls\n35999 Saint-Pol"])
@pytest.mark.parametrize("around", ["{}", "j'habite {}, deuxième étage", "on se voit au {} demain ?"])
def test_a_postal_address(address, around):
    (found,) = find(around.format(address))
    assert found.kind == "adresse"
    assert around.format(address)[found.start : found.end] == address


@pytest.mark.parametrize("after", [". Malo arrive", " Tu viens ?", ", Malo !", " et je t'attends", " demain"])
def test_an_address_ends_where_the_sentence_goes_on(after):
    (found,) = find(f"10 rue de Rome{after}")
    assert found.end == len("10 rue de Rome")


def test_one_address_written_two_ways_is_the_same():
    assert find("14, rue du Chat-Perché")[0].same == find("14 RUE DU CHAT PERCHÉ")[0].same


INNOCENT = """
à 14:30 le 12/07/2024 | 01/02/2024 14:30 | le 01.02.2024 14.30 | 01 02 2024 10 30 | 06/07/24 12 30
00:12:34 | 20h30 | 06h15-07h45 | score 3-2 | 6-4 6-3 7-5 | 4-4-2 | 1200 | 1 250,00 € | 12,50 € | 06,50 €
15 % de 200 | 10 000 000 euros | +10 000 000 d'habitants | +300 % | en 2024, 2025 et 2026 | 1789
3,14159265358979 | version 10.0.19045.3448 | commande 1234567890 | n° 402-1234567-1234567 | réf 12 345 678 901
code erreur 404 | SIRET introuvable | 3017620422003 | 1234 5678 9012 3456
FR76 3000 6000 0112 3456 7890 188 ? | vol AF1234 à 06:15 | RER B 18h12 | bus 12 route barrée
on a 3 places | prends 2 places pour samedi | 1 place de parking | 2 cours de maths | j'ai 2 cours demain
3 rue à gauche | à 2 rue d'ici | à 2 rue de chez moi | quinze heures, rue de Nantes. Tu m'accompagnes ?
à 19 h place Sainte-Anne | 10000 Euros | 20000 Lieues sous les mers | 1 200 000 vues
1) lait 2) œufs 3) sel | 04 08 15 16 23 42 | https://exemple.fr/a?b=1&c=2:3
https://youtu.be/dQw4w9WgXcQ | https://exemple.fr/keyword?keywords=chat
https://exemple.fr/politique/2024/07/12/les-10-mesures_6248591_823448.html | @nico tu viens | rdv @ 20h
3@2 | Horaires : 8h30 - 12h: fermé le lundi | v2.10.3 | 12/04: dentiste | le 36 rue
un 4 pièces de 80 m2 place du marché"""


@pytest.mark.parametrize(
    "text", [t.strip() for line in INNOCENT.strip().splitlines() for t in line.split(" | ")]
)
def test_everyday_french_is_left_alone(text):
    assert find(text) == []


@given(st.text(st.sampled_from("0123456789 +.-/,()@:aArueFRd'’é\n\u00a0") | st.characters(), max_size=120))
def test_what_is_found_lies_in_the_text_in_order_and_apart(text):
    end = 0
    for found in find(text):
        assert end <= found.start < found.end <= len(text)
        assert found.same
        end = found.end


@pytest.mark.parametrize(
    "bit",
    [
        "1",
        "a1",
        "12 rue ",
        "12 rue A ",
        "de ",
        "a@",
        "0 ",
        "+1 ",
        "06 ",
        "FR76 1 ",
        "http://a?a=1&",
        "point ",
        "ig ",
        "at _, ",
    ],
)
def test_a_very_long_text_takes_a_blink(bit):
    start = time.process_time()
    find(bit * (60_000 // len(bit)))
    assert time.process_time() - start < 1
