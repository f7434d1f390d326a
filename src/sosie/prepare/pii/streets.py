"""The parts of a postal address as patterns: kinds of streets, names, numbers, towns and postcodes."""

import re

from sosie.prepare.pii.base import Found, plain

SPACE = r"[ \t]{1,2}"
OLD = r"(?i:(?:grande?|petite?|vieille|vieux|ancienne?|nouvelle|haute|basse)[ '-]{1,2})"
STREET = (
    rf"{OLD}?"
    r"(?i:rue|avenue|av\.?|ave\.?|boulevard|bo?u?l?e?vd\.?|bld\.?|bd\.?|blvd\.?|boul\.?|impasse|imp\.?"
    r"|chemin|che?m\.?|che(?= )|ch\.|square|pl\.|sq\.|lot(?= (?:des?|du|les?|la) )|allees?|all\.?|ruelle"
    r"|venelle|sente"
    r"|faubourg|fbg?\.?|route|rte\.?|quai|sentier|chaussee|esplanade|lotissement|lot\.|lieu[- ]?dit"
    r"|r(?:on)?d[- ]?p(?:oin)?t|montee|corniche|digue|ch(?= d(?:es?|u) )"
    r"|r\.|drève|dreve|clos|hameau|rle\.?|crs\.?)"
)
AMBIGUOUS = (
    r"(?i:place|rang|pl\.?|cours|square|sq\.?|passage|pass\.|promenade|villa|cite|residence|res\.?|traverse"
    r"|parvis|voie|cour|mail"
    r"|domaine|galerie|lot|pont|porte|parc|terrasse|rampe|descente|cote|quartier|immeuble|r)"
)
# Words that end a street's name in small letters; most follow an address or make it no address at all.
STOP = (
    r"(?i:je|tu|ils?|elles?|on|nous|vous|ce|cet|cette|ces|ca|mon|ma|mes|ton|ta|tes|son|sa|ses|notre(?! dame)"
    r"|votre|leurs?"
    r"|et|ou|mais|donc|car|si|que|qui|quoi|quand|comment|pourquoi|pour|par|avec|sans|dans|chez|vers|a|y"
    r"|est|es"
    r"|suis|as|ai|ont|sont|etait|sera|demain|hier|aujourd|soir|matin|midi|stp|svp|merci|oui|non|ok|mdr|lol"
    r"|ptdr|bisous?|bises?|ici|la|plus|loin|gauche|droite|apres|avant|code|etage|batiment|bat|apt|app"
    r"|appart|appt?|apparte?ment"
    r"|interphone|digicode|sonnette|porte|pas|tres|trop|bien|vraiment|j|t|m|n|c|qu|un|une|moi|toi|lui"
    r"|entre|pendant"
    r"|depuis|juste|puis|alors|voila|hein|stop|ya|derriere|devant|cote|pres|barree|pietonne|parallele|meme"
    r"|autre"
    r"|mtn|tkt|jsp|maintenant|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|c'est|j'ai|t'as|il|se|me"
    r"|te|ne|ni|note|sinon|ensuite|quelle?)"
)
PARTICLE = r"(?:(?i:de|du|des|la|les?|aux?|en|sur|sous|et|d'en)" + SPACE + r"|(?i:l|d)')"
LEADING = r"(?:(?i:de|du|des|la|les?|aux?|en|sur|sous|d'en)" + SPACE + r"|(?i:l|d)')"
ABBREVIATED = r"(?:[A-Z]|Ste?|Dr|Pr|Gal|Mal|Cdt|Col|Pdt)\."
CAPITAL = rf"(?!{STOP}(?![\w-]))(?:{ABBREVIATED}|[A-Z]\w*(?:['-]\w+)*)"
SMALL = rf"(?!{STOP}(?![\w-])|{PARTICLE})[^\W\d_]\w*(?:['-]\w+)*"
MONTH = r"(?i:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre)"
DAY = rf"(?i:du){SPACE}(?:\d{{1,2}}(?:er)?|[a-z]+)[ -]{MONTH}(?:[ -]\d{{4}})?"
PROPER = (
    rf"{LEADING}{{0,3}}(?:(?<=[Dd][Ee][Ss] )\d{{1,2}}{SPACE})?{CAPITAL}"
    rf"(?:{SPACE}{PARTICLE}{{0,3}}{CAPITAL}){{0,4}}"
)
COMMON = (
    rf"{LEADING}{{0,3}}(?:(?<=des )\d{{1,2}}{SPACE})?{SMALL}(?:{SPACE}(?:{PARTICLE}{{0,2}}{SMALL})){{0,2}}"
)
TOWN = rf"{CAPITAL}(?:{SPACE}{PARTICLE}{{0,2}}{CAPITAL}){{0,3}}(?:{SPACE}(?i:cedex)(?:{SPACE}\d\d?)?)?"
ARTICLE = r"(?:(?i:l[ae]s?|ste?|saint|sainte)[ -]|(?i:l)')?"
SMALL_TOWN = (
    rf"{ARTICLE}{SMALL}(?:[ -](?:(?i:sur|sous|en|les?|lez|la|de|du|ste?|sainte?)[ -]|[dD]' ?){SMALL}){{0,2}}"
)
ANY_TOWN = rf"{ARTICLE}(?:{TOWN}|{SMALL_TOWN})"
NUMBER = (  # a digit first, which is quick to look for
    r"\d(?<![\w.€$£+]\d)(?<!\w[/-]\d)(?<!\d[,:]\d)\d{0,3}(?: ?[-/&] ?\d{1,4})?"
    r"(?:[ \t-]{0,2}(?i:bis|ter|quater|quinquies|[a-d])(?![\w']))?(?:[, ]{0,2}| - )[ \t\n]{0,2}"
    r"(?:(?i:de) (?i:la|l') ?)?(?:(?<=[ \t,\n'bBrR])|(?=(?i:rue|avenue|av|bd|boulevard|impasse|allee"
    r"|chemin)\b))"
)
# Round numbers are counted things before they are towns: « 10000 Euros », « 20000 Lieues ».
UNITS = (
    r"(?i:euros?|km|kilom|metres?|francs?|dollars?|balles|pas\b|vues?|abonn|follow|lieues|likes?|points?"
    r"|personnes?"
    r"|habitants?|hommes?|femmes?|soldats?|morts?|ans\b|fois|mots?|pieces?|exemplaires?|places?"
    r"|visiteurs?|tonnes?|litres?|kilos?"
    r"|kcal|calories|heures?|jours|euro|eur\b|fcfa|cfa|dirhams?|dh\b|dinars?|chf|usd|x\b|brut|net\b)"
)
COUNTED = rf"(?:{UNITS}|(?i:et|ou|a|de|par|pour)\b)"
POSTCODE = r"(?:[Ff][Rr]?-? ?)?(?:0[1-9]|[1-8]\d|9[0-8])\d{3}"
ANY_POSTCODE = rf"(?:{POSTCODE}|(?:[BL]E?-? ?|CH-? ?)?[1-9]\d{{3}}|[A-Z]\d[A-Z][ -]?\d[A-Z]\d)"
PARTS = (
    rf"(?:[ \t,;()-]{{1,3}}(?:(?i:bat(?:iment)?|bt|bloc|esc(?:alier)?|appt?|apt|app|appart(?:ement)?"
    rf"|porte|bte"
    rf"|boite|studio|ch(?:ambre)?|villa|lot)\.?"
    rf"{SPACE}(?:n° ?)?(?:\d{{1,4}}[A-Za-z]?|[A-Z]\d{{0,3}}|[a-f])(?!\w)|(?i:residence|res\.|hameau"
    rf"|lieu[- ]?dit){SPACE}{PROPER}|(?i:B\.?P\.?|CS|TSA) ?\d+)){{0,4}}"
)
TOWN_AFTER = (
    rf"(?:[\s,–;()-]{{1,3}}(?:a )?{ANY_POSTCODE}{SPACE}{ANY_TOWN}|[\s,;()-]{{1,3}}"
    rf"(?:a )?{TOWN}[ ,(]{{1,2}}{ANY_POSTCODE}\)?(?!\d)|[ ,(\[/-]{{1,3}}{POSTCODE}[)\]]?(?!\d| ?{COUNTED}))"
)
FLAT_BEFORE = re.compile(
    r"(?<!\w)(?i:bat(?:iment)?|bloc|appa?r?te?|apt|appart(?:ement)?|app|esc(?:alier)?|porte)\.? "
    r"(?:n° ?)?(?:[A-Z]\d{0,3}|\d{1,4}[A-Z]?)[ ,]{1,3}$"
)


def address(text: str, start: int, end: int) -> Found:
    return Found(start, end, "adresse", plain(text[start:end]))


def trimmed(match: re.Match[str]) -> tuple[int, int]:
    """With the flat said before, without the sign that the pattern looked at last."""
    kept = match[0].rstrip(" \t\n,;-") if not match[0].endswith(")") else match[0]
    kept = kept[:-1] if kept.endswith(")") and "(" not in kept else kept
    flat = FLAT_BEFORE.search(match.string, max(0, match.start() - 24), match.start())
    return flat.start() if flat else match.start(), match.start() + len(kept)
