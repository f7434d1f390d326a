"""Postal addresses as people type them: a number, a kind of street, its name, and the town where it is given.

    14 rue du Chat-Perché, 35999 Saint-Pol-la-Lune     3bis av. victor hugo     12, rue du 8 Mai 1945
    Rue de la Loi 16, 1000 Bruxelles                   35999 Saint-Pol-la-Lune

A name in small letters is believed after words that only mean a street (rue, avenue, impasse...), for three
words at most and up to a word that no street is called (« 14 rue victor hugo demain »). After words that mean
other things too (place, cours, passage...) the name must have a capital: « 2 cours de maths » is no address.
"""

import re
from collections.abc import Iterator

SPACE = r"[ \u00a0\u202f]"
STREET = (
    r"(?i:rue|avenue|av\.?|boulevard|bo?u?l?e?vd\.?|bd\.?|impasse|chemin|all[ée]es?|ruelle|venelle|faubourg|fbg?\.?"
    r"|route|rte\.?|quai|sentier|chauss[ée]e|esplanade|lotissement|lieu-dit|rond-point|mont[ée]e)"
)
AMBIGUOUS = (
    r"(?i:place|pl\.?|cours|square|sq\.?|passage|promenade|villa|cit[ée]|r[ée]sidence|hameau|clos|traverse"
    r"|parvis|voie)"
)
# Words that end a street's name in small letters; most follow an address or make it no address at all.
STOP = (
    r"(?i:je|tu|ils?|elles?|on|nous|vous|ce|cet|cette|ces|ça|ca|mon|ma|mes|ton|ta|tes|son|sa|ses|notre|votre|leurs?"
    r"|et|ou|où|mais|donc|car|si|que|qui|quoi|quand|comment|pourquoi|pour|par|avec|sans|dans|chez|vers|à|y|est|es"
    r"|suis|as|ai|a|ont|sont|était|sera|demain|hier|aujourd|ce|soir|matin|midi|stp|svp|merci|oui|non|ok|mdr|lol"
    r"|ptdr|bisous?|bises?|ici|là|plus|loin|gauche|droite|après|avant|code|étage|bâtiment|bat|bât|appt?|apparte?ment"
    r"|interphone|digicode|sonnette|porte|pas|très|trop|bien|vraiment|j|t|m|n|c|qu|un|une|moi|toi|lui|entre|pendant"
    r"|depuis|juste|puis|alors|voilà|hein|stop|ya|derrière|devant|côté|près|barrée|piétonne|parallèle|même|autre)"
)
PARTICLE = r"(?:(?i:de|du|des|la|les?|aux?|en|sur|sous|et|lès|d'en)" + SPACE + r"|(?i:l|d)['’])"
ABBREVIATED = r"(?:[A-ZÀ-ÖØ-Þ]|Ste?|Dr|Pr|Gal|Mal|Cdt|Col|Pdt)\."
CAPITAL = rf"(?!{STOP}\b)(?:{ABBREVIATED}|[A-ZÀ-ÖØ-Þ]\w*(?:['’-]\w+)*)"
SMALL = rf"(?!{STOP}\b|{PARTICLE})[^\W\d_]\w*(?:['’-]\w+)*"
MONTH = r"(?i:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)"
DATE = rf"(?i:du){SPACE}\d{{1,2}}(?:er)?[ -]{MONTH}(?:[ -]\d{{4}})?"
PROPER = rf"{PARTICLE}{{0,3}}{CAPITAL}(?:{SPACE}{PARTICLE}{{0,3}}{CAPITAL}){{0,4}}"
COMMON = rf"{PARTICLE}{{0,3}}{SMALL}(?:{SPACE}(?:{PARTICLE}{{0,2}}{SMALL})){{0,2}}"
TOWN = rf"{CAPITAL}(?:{SPACE}{PARTICLE}{{0,2}}{CAPITAL}){{0,3}}(?:{SPACE}(?i:cedex)(?:{SPACE}\d\d?)?)?"
ANY_TOWN = rf"(?:{TOWN}|{SMALL})"
NUMBER = rf"(?<![\w.,:/€$£+-])\d{{1,4}}(?:[-/]\d{{1,4}})?(?:{SPACE}?(?i:bis|ter|quater|[a-d]))?,?{SPACE}+"
# Round numbers are counted things before they are towns: « 10000 Euros », « 20000 Lieues ».
COUNTED = (
    r"(?i:euros?|km|kilom[eè]tres?|m[eè]tres?|francs?|dollars?|balles|pas|vues?|abonn|follow|lieues|likes?"
    r"|points?)"
)
POSTCODE = r"(?:F-?)?(?:0[1-9]|[1-8]\d|9[0-8])\d{3}"

ADDRESS = re.compile(
    rf"{NUMBER}(?:{STREET}{SPACE}+(?:{DATE}|{PROPER}|{COMMON})|{AMBIGUOUS}{SPACE}+(?:{DATE}|{PROPER}))"
    rf"(?:[\s,–-]+(?:{POSTCODE}|[1-9]\d{{3}}){SPACE}+{ANY_TOWN})?"
)
NUMBER_LAST = re.compile(
    rf"(?<!\w){STREET}{SPACE}+{PROPER},?{SPACE}+\d{{1,4}}[a-zA-Z]?(?:[\s,–-]+[1-9]\d{{3}}{SPACE}+{ANY_TOWN})"
)
TOWN_ONLY = re.compile(rf"(?<![\w.,:/€$£+-]){POSTCODE}{SPACE}+(?!{COUNTED})(?=[\w-]{{3}}){TOWN}")
HAS_DIGIT_AND_WORD = re.compile(rf"\d[^\n]{{0,8}}[^\W\d]|{SPACE}\d{{1,4}}[a-zA-Z]?[\s,–-]+\d{{4}}")


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where addresses stand: (start, end)."""
    if not HAS_DIGIT_AND_WORD.search(text):
        return
    for pattern in (ADDRESS, NUMBER_LAST, TOWN_ONLY):
        for match in pattern.finditer(text):
            yield match.span()
