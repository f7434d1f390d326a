"""What stands on someone's papers: plates, birthdays, numbers of passports, licences and files.

    AB-123-CD   né le 12/03/1987   passeport n° 18AB34567

A shape that nothing else has is enough; else a word must announce it (« plaque », « né le », « passeport »).
"""

import re
from collections.abc import Iterator

from sosie.prepare.pii.base import (
    ALPHA_GAP,
    DATE,
    GAP,
    Found,
    after,
    alone,
    before,
    digits_of,
    holds,
    letters_and_digits,
    small_words,
    words_of,
)

PLATE = re.compile(
    rf"(?<![A-Za-z0-9])([A-HJ-NP-TV-Za-hj-np-tv-z]{{2}})({ALPHA_GAP})(\d{{3}})({ALPHA_GAP})"
    r"([A-HJ-NP-TV-Za-hj-np-tv-z]{2})(?![A-Za-z0-9])"
)
OLD_PLATE = re.compile(
    rf"(?<![\w.])(?<!\d,)(\d{{1,4}})({ALPHA_GAP})([A-Za-z]{{2,3}})({ALPHA_GAP})(97[1-8]|\d\d"
    rf"|2[ABab])(?![\w])"
    rf"(?![.,:/]\d)"
)
PLATE_SHAPE = re.compile(
    rf"\d\d\d{ALPHA_GAP}[A-Za-z]|\d{ALPHA_GAP}[A-Za-z]{{2,3}}{ALPHA_GAP}\d\d|\d[- ]?[A-Za-z]{{3}}[- ]?\d\d"
)  # of the digits of any
BELGIAN_PLATE = re.compile(
    r"(?<![\w-])[1-9][- ]?[A-Z]{3}[- ]?\d{3}(?![\w-])|(?<![\w-])[1-9]-[a-z]{3}-\d{3}(?![\w-])"
)
PLATE_WORDS = re.compile(
    r"\b(?:plaques?|immat\w*|voitures?|bagnole|caisse|scooter|scoot|moto|vehicules?|camion|camionnette"
    r"|gare[es]?"
    r"|carte grise|parking|fourriere|flash\w*|radar|taxi|camping-?car|utilitaire|fourgon|remorque|crit'?air"
    r"|peage|assurance auto|controle technique"
    r"|amende|pv|stationn\w*|volee?|accident|percute\w*|clio"
    r"|twingo|kangoo|megane|208|308|c3|peugeot|renault|citroen|bmw|audi|mercedes|golf|polo|dacia|fiat|opel"
    r"|toyota)\b"
)
ANY_PLATE = re.compile(
    rf"(?<![A-Za-z0-9])(?=[A-Z]{{0,3}}[^\n\w]{{0,3}}\d)[A-Z0-9]{{1,9}}"
    rf"(?:{ALPHA_GAP}(?:(?<!\d{{4}})(?<!\d{{4}}[ -])[A-Z]{{1,3}}(?![A-Z])"
    rf"|\d{{1,6}}[A-Z]{{0,3}})){{0,3}}(?![A-Za-z0-9])"
)
MEASURES = words_of("KM KG CH CV CC HT DE ET EUR MM CM DU AU TDI DCI HDI")
NOT_LETTERS = words_of(
    "DE LE LA ET OU EN UN DU AU KM KG CM MM MG CL ML SI ON IL TU JE NE SE CE MA TA SA HT GO MO KO TB GB "
    "GR MB HZ DCI TDI GTI HDI EUR USD CAD CHF FCFA CFA JAN FEV MAR AVR MAI JUN JUI JUL AOU SEP OCT NOV DEC "
    "APR AUG FEB ET LES DES PAR SUR MIN SEC MAX TTC BUT VS PM AM AV BC CV CH PC FR ANS AN MOI HPA CC"
)
BORN = re.compile(
    r"\bnee?s? ?(?:\(e\)|\.e|·e|-e)? ?:? ?(?:(?:le|un) ?){0,2}:? ?(?:[a-z]+di )?$|\bnee [\w-]{2,20} le $"
    r"|\bnee?s?(?:\(e\))? (?:a|au|aux"
    r"|en|dans) [^\d\n]{2,40}$|\bnaiss(?:ances?)?\b|\bddn\b|\bd\.d\.n|\bnaquit|\b(?:mon|ton|son|l')? ?anniv"
    r"(?:ersaire)?\b|\bbirth ?day\b|\bbday\b|\b(?:suis|est) du\b|\bnais\b|\bne\(e\)"
    r"|\b(?:nee|nee?s|(?:suis|est|es|sont|etais|etait) nee?s?)\b[^\d\n.!?;:]{0,30}$"
    r"|\bborn\b|\bdate of birth\b|\bvu le jour\b|\bnee?s? quand ?\?+ (?:le )?$"
)
BORN_IN = re.compile(r"\bnee?s? (?:en|fin|debut|courant|mi)[ -]$")  # « née en mars 1991 »
MONTHS = [
    "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre",
    "octobre", "novembre", "decembre", "janv", "fevr", "avr", "juil", "sept", "oct",
    "nov", "dec", "jan", "fev", "jul", "avri", "octo", "nove", "dece", "juill", "sep", "aou", "jui", "mar",
]  # fmt: skip
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
NUMBERED = ("", "2", "3", "4", "5", "6")  # the groups of BIRTHDAY's alternatives
BIRTHDAY = re.compile(
    rf"(?<![\d/.])(?:(?P<d>\d{{1,2}}){ALPHA_GAP}(?:er)?(?P<s>[ \t_./·|,*~:\\-]{{1,3}}| du )"
    rf"(?P<m>\d{{1,2}})[ \t_./·|,*~:\\-]{{1,3}}"
    r"(?P<y>(?:19|20)\d\d|\d\d)"
    rf"|(?P<d5>\d{{1,2}})/(?P<m5>\d{{1,2}})(?![\d/.-])"
    rf"|(?P<m6>{MONTH})(?![a-z])\.? ?(?P<y6>(?:19|20)\d\d|'?\d\d)"
    rf"|(?P<d2>\d{{1,2}}|premier) ?(?:er)?{ALPHA_GAP}(?P<m2>{MONTH})(?![a-z])\.?{ALPHA_GAP}"
    rf"(?:\n(?=(?:19|20)\d\d))?(?P<y2>(?:19|20)\d\d|'?\d\d)?"
    rf"|(?P<y3>(?:19|20)\d\d)[ _./-]{{1,3}}(?P<m3>\d{{1,2}})[ _./-]{{1,3}}(?P<d3>\d{{1,2}})"
    r"|(?P<d4>[0-3]\d)(?P<m4>[01]\d)(?P<y4>(?:19|20)\d\d))(?![\dh])(?! ?h ?\d)",
    re.IGNORECASE,
)
BORN_WORD = re.compile(r"n(?<!\w.)(?:ee?s?(?:le|un|[a-z]+di)?(?![a-z])|aiss?\b)")
BORN_HINTS = (
    "naissance", "ddn", "anniv", "suis du", "est du", "d.d.n", "naquit", "birth", "bday", "born",
    "vu le jour",
)  # fmt: skip
BIRTHDAY_SHAPE = re.compile(
    rf"(?i)\d(?:(?:er)?[ \t_./·|,*~:\\-]{{1,3}}(?:du )?\d|{ALPHA_GAP}(?:er)?{ALPHA_GAP}"
    rf"(?:ja|fe|ma|av|ju|ao|se|oc|no|de)|\d{{7}})|(?:{MONTH})\.? ?'?\d\d"
)
PAPER_WORDS = re.compile(
    r"\b(?:pass(?:eport|port)s?|cni|cin|nina|(?:(?:carte(?: nationale)?|piece)(?: d'| d |-d-| ))?identite"
    r"(?: nationale)?|carte nationale"
    r"|carte id|permis(?: de conduire| b)?|titre(?: de)? sejour|carte (?:de )?(?:sejour|resident)"
    r"|document d'identite|recepisse|visa|num"
    r"(?:ero)? fiscal|n° fiscal"
    r"|fiscal|impots?|spi|nif|numero de contribuable|allocataire|caf|etudiante?|ine|nne"
    r"|matricule|agdref|neph"
    r"|(?:num(?:ero)?|n°) (?:d')?etranger|pole emploi|france travail|demandeur d'emploi|carte vitale"
    r"|mutuelle|adherente?"
    r"|dossier medical|identifiant (?:ameli|caf|pole emploi)|(?:tele)?declarant|(?:reference|ref|n°"
    r"|num(?:ero)?)(?: de l'| d'| )avis|num(?:ero)? etu|sinistre"
    r"|(?:num(?:ero)?|n°|ref(?:erence)?)\.? (?:de |du |d'|d )?(?:dossier|compte)|dossier(?= ?(?:n°|num"
    r"|:|c'?est))"
    r"|ipp|imei|vin|chassis|carte grise|registre national|niss|avs|ahv|nas|n\.a\.s|ramq|assurance sociale"
    r"|assurance maladie|electeur|electorale?|numero de police|police d'assurance"
    r"|num(?:ero)? (?:de )?client"
    r"|(?:num(?:ero)?|n°) (?:d'|de |d )?(?:adherent|assure|abonne|contrat|securite|licence|ordre|rpps"
    r"|adeli)"
    r"|rpps|adeli|licence|navigo|carte de fidelite)\b"
)
# The first words of all these, but for « n° » and « n.a.s ».
PAPER_FIRST = words_of(
    "passeport passeports passport passports cni cin nina carte piece identite permis titre document "
    "recepisse visa num numero fiscal impot impots spi nif allocataire caf etudiant etudiante ine nne "
    "matricule agdref neph pole france demandeur mutuelle adherent adherente dossier identifiant declarant "
    "teledeclarant reference ref sinistre ipp imei vin chassis registre niss avs ahv nas ramq assurance "
    "electeur electoral electorale police rpps adeli licence navigo"
)
PAPER = re.compile(
    r"(?<![A-Za-z0-9])(?=[^\n\d]{0,8}\d)(?:[A-Za-z]{0,8}\d[A-Za-z0-9]*|[A-Z]{1,4})"
    rf"(?:{ALPHA_GAP}(?:[A-Z]{{1,6}}(?![A-Za-z])|(?!et|du|de|le|au|ou)[a-z]{{2}}(?={ALPHA_GAP}\d{{5}})"
    rf"|[A-Za-z]{{0,2}}\d[A-Za-z0-9]*)){{0,8}}(?![A-Za-z0-9])"
)
BESIDE_A_WORD = re.compile(
    r"(?i)[a-z]{3,}[^\w\n]{1,3}\d{5}|\d{5}[ .,_-]{1,3}(?!stp|svp|merci|et |ou )(?:l'|[a-z]{3})"
)  # a postcode
BELGIAN_PERSON = re.compile(r"(?<!\d)(\d\d)[. ]?(\d\d)[. ]?(\d\d)[- .]{1,3}(\d{3})[. ]?(\d\d)(?!\d)")
SWISS_PERSON = re.compile(rf"(?<!\d)756{GAP}\d{{4}}{GAP}\d{{4}}{GAP}\d\d(?!\d)")
OF_A_PERSON = re.compile(r"\d[. ]?\d[. ]?\d\d[- .]{1,3}\d{3}|756|\d{4}[ -]?\d{4}")
RAMQ = re.compile(r"(?<![A-Za-z])[A-Z]{4}[ -]?\d{4}[ -]?\d{4}(?!\d)")


def plates(text: str) -> Iterator[Found]:
    """AB-123-CD and 1234 AB 56 in capitals or with dashes; in any other way after a word like « plaque »."""
    for pattern in (PLATE, OLD_PLATE) if (shaped := PLATE_SHAPE.search(text)) else ():
        for match in pattern.finditer(text):
            letters = {part.upper() for part in match.groups() if part.isalpha()}
            old = pattern is OLD_PLATE and len(match[1]) > 2 and not letters <= NOT_LETTERS
            gaps = {gap.strip(" \t") for gap in match.group(2, 4)}
            dashed = gaps in ({"-"}, {"."}, {"_"}) or (pattern is PLATE and gaps == {""})
            dashed = dashed and (pattern is PLATE or (len(match[1]) > 2 and not letters <= NOT_LETTERS))
            shown = (
                match[0].upper() == match[0]
                or dashed
                or ((pattern is PLATE or old) and alone(text, *match.span()))
            )
            plain_old = pattern is OLD_PLATE and (len(match[1]) < 2 or len(gaps) > 1)
            told = PLATE_WORDS.search(before(text, match.start()) + " | " + after(text, match.end()))
            spaced, glued = " " in match[2] + match[4], not match[2] and match[0].upper() != match[0]
            counted = letters <= (MEASURES if told else NOT_LETTERS) and (spaced or glued)
            named = bool(re.search(r"\b(?:plaques?|immat\w*)\b", before(text, match.start())))
            if not told and " " in match[2] and match[1].islower() and match[1].upper() in NOT_LETTERS:
                continue
            if (shown and not plain_old and not counted) or (told and (shown or not counted)) or named:
                yield Found(*match.span(), "plaque", letters_and_digits(match[0]))
    for match in BELGIAN_PLATE.finditer(text) if shaped else ():
        if "-" in match[0] or PLATE_WORDS.search(before(text, match.start())):
            yield Found(*match.span(), "plaque", letters_and_digits(match[0]))
    low = text.lower()
    for told in re.finditer(r"\b(?:plaques?|immat\w*)\b", low) if "plaque" in low or "immat" in low else ():
        near = re.compile(r"[^,;!?\n]{0,36}").match(text, told.end())
        other = ANY_PLATE.search(text, told.end(), near.end() if near else told.end())
        if other and len(digits_of(other[0])) > 2 and 5 <= len(letters_and_digits(other[0])) <= 9:
            yield Found(*other.span(), "plaque", letters_and_digits(other[0]))


def birthdays(text: str) -> Iterator[Found]:
    """A day after « né le », « date de naissance », « anniversaire » (that one with its year)."""
    last = -1  # « nées les 30/10/2010 et 12/12/2012 »
    announced = BORN_WORD.search(low := text.lower()) or holds(low, BORN_HINTS)
    for match in BIRTHDAY.finditer(text) if announced and BIRTHDAY_SHAPE.search(text) else ():
        part = match.groupdict()
        day, month, year = (next((part[k + n] for n in NUMBERED if part.get(k + n)), "") for k in "dmy")
        day = "1" if day.lower() == "premier" else day or "0"
        words, following = before(text, match.start()), after(text, match.end(), 40)
        told = list(BORN.finditer(words))
        if told and re.search(r"\d|[.!?] [a-z]{4}", words[told[-1].end() :].replace("(e)", "")):
            told = []
        if part["m6"]:
            told = [*BORN_IN.finditer(words)]
        second = 0 <= last >= match.start() - 6 and text[last : match.start()].strip() in ("et", ",", "et le")
        told_after = re.match(r"[^\d\n.]{0,24}(?:date de naissance|naissance|\bddn\b)", following)
        if not (told or second or told_after):
            continue
        number = int(month) if month.isdigit() else month_number(month)
        if not (part["m6"] or 1 <= int(day) <= 31) or not 1 <= number <= 31:
            continue
        if len(year) == 4 and int(year) < 1900:
            continue
        born = told and re.search(r"\bnee?s?\b|ne\(|naissance|ddn", told[-1][0])
        if not year and re.match(r"[ ,]*1[5-8]\d\d", following):
            continue
        if year or (born and not re.match(r" ?(?:\d{4}|\?)", following)):
            last = match.end()
            yield Found(*match.span(), "naissance", f"{year}-{number}-{int(day)}")


def month_number(name: str) -> int:
    """« févr » is 2: the first of the months that begins as it does."""
    begins = re.sub("^jul", "juil", name.lower())
    return next(i for i, month in enumerate(MONTHS, 1) if month.startswith(begins))


def is_a_number(said: str) -> bool:
    """Five digits, or a code of nine signs with a digit among its letters: « X4RTBPFW4 », « t01e11se9 »."""
    digits = len(digits_of(said))
    coded = len(letters_and_digits(said)) == 9 and re.search(r"[A-Za-z]\W?\d|\d\W?[A-Za-z]{2}", said)
    return (
        digits > 4
        or (digits > 1 and said.upper() == said and len(letters_and_digits(said)) > 7)
        or bool(coded)
    )


def papers(text: str) -> Iterator[Found]:
    """The number said after a paper's or an office's name: five digits or more, and no date."""
    of_a_person = OF_A_PERSON.search(text)
    for pattern in (SWISS_PERSON, RAMQ) if of_a_person else ():
        for shaped in pattern.finditer(text):
            yield Found(*shaped.span(), "document", letters_and_digits(shaped[0]))
    low = text.lower()
    announced = not PAPER_FIRST.isdisjoint(small_words(text)) or "n°" in low or "n.a.s" in low
    for told in PAPER_WORDS.finditer(low) if announced else ():
        match = PAPER.search(text, told.end(), told.end() + 90)
        while match and match.start() - told.end() < 42 and not is_a_number(match[0]):
            match = PAPER.search(text, match.end(), told.end() + 90)
        if not match or match.start() - told.end() > 42 or "\n\n" in text[told.end() : match.start()]:
            continue
        if (
            is_a_number(match[0])
            and not DATE.fullmatch(match[0])
            and not re.fullmatch(r"[\d ]{1,12}(?:,\d\d|000)", match[0])
            and not re.match(r" ?(?:€|euro)", after(text, match.end()))
            and not (
                re.fullmatch(r"\d{5}", match[0]) and BESIDE_A_WORD.search(text[told.end() : match.end() + 6])
            )
        ):
            yield Found(*match.span(), "document", letters_and_digits(match[0]))
    for match in BELGIAN_PERSON.finditer(text) if of_a_person else ():
        nine = int("".join(match.groups()[:4]))
        if int(match[5]) in (97 - nine % 97, 97 - (2_000_000_000 + nine) % 97):
            yield Found(*match.span(), "document", digits_of(match[0]))
