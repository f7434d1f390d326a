"""Streets, towns and coordinates, typed."""

from random import Random

from benchmarks.mask_strings.draw import LETTERS, digits

STREETS = [
    "rue",
    "avenue",
    "av.",
    "bd",
    "boulevard",
    "impasse",
    "chemin",
    "allée",
    "place",
    "quai",
    "r.",
    "route",
    "square",
    "cours",
    "bld",
    "passage",
    "ch.",
    "pl.",
    "sq.",
    "rond-point",
    "rond point",
    "sente",
    "hameau",
]
NAMES = [
    "Victor Hugo",
    "des Lilas",
    "de la République",
    "Jean Jaurès",
    "du Général de Gaulle",
    "Pasteur",
    "du Moulin",
    "de l'Église",
    "Gambetta",
    "des Écoles",
    "Pierre et Marie Curie",
    "du 8 Mai 1945",
    "Saint-Michel",
    "de Bretagne",
    "Émile Zola",
    "Notre-Dame",
    "des 4 Vents",
]
TOWNS = [
    "37000 Tours",
    "75011 Paris",
    "35000 Rennes",
    "69003 Lyon",
    "44100 Nantes",
    "29200 Brest",
    "86000 Poitiers",
    "97400 Saint-Denis",
    "13006 Marseille",
    "33000 Bordeaux",
    "35850 Gévezé",
    "38410 Uriage",
    "59000 Lille",
    "63000 Clermont-Ferrand",
    "17000 La Rochelle",
    "42100 St Etienne",
    "94200 Ivry-sur-Seine",
]
FOREIGN_TOWNS = (
    "1000 Bruxelles|4000 Liège|5000 Namur|1201 Genève|1003 Lausanne|1950 Sion|B-6000"
    " Charleroi|CH-2000 Neuchâtel"
)


def street(c: Random) -> str:
    number = f"{c.randint(1, 199)}{c.choice(('', '', '', ' bis', 'ter', ' B', 'bis'))}"
    text = f"{number}{c.choice((' ', ', '))}{c.choice(STREETS)} {c.choice(NAMES)}"
    text += c.choice(
        ("", "", f", {c.choice(TOWNS)}", f" {c.choice(TOWNS)}", " bât B", ", appt 12", " appart 3", " apt B")
    )
    if c.random() < 0.05:
        return f"apt {c.randint(2, 60)}, {text}"
    if c.random() < 0.2 and not any(word in text for word in ("place", "square", "cours", "passage")):
        return text.lower()
    return text.upper() if c.random() < 0.08 else text


def other_address(c: Random) -> str:
    return c.choice(
        (
            f"BP {digits(c, 3)}",
            f"résidence {c.choice(NAMES[1:2] + ['Les Acacias', 'du Parc'])}",
            f"lieu-dit {c.choice(('La Croix', 'Kerbrat'))}",
            f"Rue de la Loi {c.randint(1, 99)}, {c.choice(FOREIGN_TOWNS.split('|'))}",
            f"{c.randint(100, 9999)}, rue Sainte-Catherine, Montréal {postal_code(c)}",
            f"r. {c.choice(('Victor Hugo', 'Pasteur'))}",
        )
    )


def postal_code(c: Random) -> str:
    first, last = f"{c.choice('GHJ')}{digits(c, 1)}{c.choice(LETTERS)}", f"{c.choice(LETTERS)}{digits(c, 1)}"
    return f"{first}{c.choice((' ', '', '-'))}{digits(c, 1)}{last}"


def town(c: Random) -> str:
    code, _, name = c.choice(TOWNS).partition(" ")
    return c.choice(
        (
            f"{code} {name}",
            f"{name} {code}",
            f"{name} ({code})",
            f"{name}, {code}",
            c.choice(FOREIGN_TOWNS.split("|")),
            f"{code}  {name}",
            f"{code}\u00a0{name}",
            f"{code} {name.upper()}",
            f"{code}, {name}",
            f"{code} - {name}",
            f"({code}) {name}",
            f"F-{code} {name}",
            f"{name} - {code}",
            f"{code[:2]} {code[2:]} {name}" if "Gé" not in name and "Ur" not in name else f"{code} {name}",
            postal_code(c),
            f"Montréal {postal_code(c)}",
        )
    )


def gps(c: Random) -> str:
    north, east = c.uniform(42, 51), c.uniform(-4, 8)
    return c.choice(
        (
            f"{north:.4f}, {east:.4f}",
            f"{north:.6f},{east:.6f}",
            f"{north:.5f} {east:.5f}",
            f"{north:.4f};{east:.4f}",
            f"{north:.6f},  {east:.6f}",
            f"{north:.5f}\n{east:.5f}",
            f"N {int(north)}° {c.randint(10, 59)}.{digits(c, 3)}, E 2° {c.randint(10, 59)}.{digits(c, 3)}",
            f"{north:.4f}°N {abs(east):.4f}°E",
            f"{north:.4f} / {east:.4f}",
            f"{int(north)}°{c.randint(10, 59)}'{c.randint(10, 59)}\"N {c.randint(0, 8)}°21'07\"E",
            f"{int(north)}°{c.randint(10, 59)}′{c.randint(10, 59)}″N",
            f"{int(north)}° {c.randint(10, 59)}' {c.randint(10, 59)}\" N",
        )
    )
