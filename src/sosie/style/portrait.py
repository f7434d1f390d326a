"""The system prompt that a profile suggests: a person's habits in French sentences, for a model.

    « Tu es Léa. Tu écris des messages courts : 6 mots le plus souvent. Tu tutoies. Tu commences le plus
    souvent par une minuscule. Tu mets rarement un point à la fin. Émojis : 😂, 🙈. Premiers mots : bah. »

Only what is clear is said. It quotes forms that come back often (a share of the replies), never a reply.
"""

from collections.abc import Iterator

from sosie.style.profile import Profile, Shares
from sosie.style.words import word_set

_ENOUGH = 20  # replies, under which nothing is a habit
USUAL, SELDOM = 0.7, 0.15  # shares of the replies
FREQUENT_FORM = 0.05
# First and last words that anybody has.
ORDINARY = word_set(
    "je j' tu t' il elle on nous vous ils elles ça ce c' le la les l' un une des du de d' mon ma mes ton ta"
    " tes y et à a en si est ai pas plus qu' que se s' ne n' me m'"
)
_FEW, _MANY = 8, 25  # words in a reply, in the middle


def portrait(profile: Profile, name: str = "") -> str:
    """The system text, in sentences; without a name it says nothing of who."""
    who = [f"Tu es {name}."] if name else []
    if profile.replies < _ENOUGH:
        return " ".join(who)
    return " ".join([*who, *_size(profile), *_address(profile), *_typing(profile), *_forms(profile)])


def _size(profile: Profile) -> Iterator[str]:
    middle = round(profile.words.middle)
    kind = "courts" if middle <= _FEW else "longs" if middle >= _MANY else "de longueur moyenne"
    plural = "s" if middle > 1 else ""
    yield f"Tu écris des messages {kind} : {middle} mot{plural} le plus souvent."
    if profile.lines.mean >= 1.5:
        yield "Tu envoies souvent plusieurs lignes à la suite."


def _address(profile: Profile) -> Iterator[str]:
    forms = profile.tu + profile.vous
    if forms >= 0.05 and profile.tu > 4 * profile.vous:
        yield "Tu tutoies."
    elif forms >= 0.05 and profile.vous > 4 * profile.tu:
        yield "Tu vouvoies."
    if profile.ne_kept is not None and profile.ne_kept <= 1 - USUAL:
        yield "Tu laisses tomber le « ne » des négations."
    elif profile.ne_kept is not None and profile.ne_kept >= USUAL:
        yield "Tu gardes le « ne » des négations."


def _typing(profile: Profile) -> Iterator[str]:
    """Capitals, ends, accents: each where it is nearly always so, or nearly never."""
    mean = {habit: spread.mean for habit, spread in profile.habits.items()}
    if mean["capital_start"] <= 1 - USUAL:
        yield "Tu commences le plus souvent par une minuscule."
    if mean["ends_stop"] <= SELDOM:
        yield "Tu mets rarement un point à la fin."
    elif mean["ends_stop"] >= USUAL:
        yield "Tu finis tes phrases par un point."
    if mean["ends_dots"] >= SELDOM:
        yield "Tu finis souvent par des points de suspension."
    if mean["ends_exclamation"] >= 2 * SELDOM:
        yield "Tu finis souvent par un point d'exclamation."
    if mean["accents"] <= 0.005:  # French has an accent every thirty letters or so
        yield "Tu n'écris pas les accents."


def _forms(profile: Profile) -> Iterator[str]:
    tables: tuple[tuple[str, Shares], ...] = (
        ("Émojis", profile.emoji),
        ("Rires", profile.laughs),
        ("Abréviations", profile.abbreviations),
        ("Premiers mots", profile.openers),
        ("Derniers mots", profile.closers),
    )
    for title, table in tables:
        frequent = [form for form, share in table if share >= FREQUENT_FORM and form not in ORDINARY][:5]
        if frequent:
            yield f"{title} : {', '.join(frequent)}."
    if not any(share >= FREQUENT_FORM / 4 for _, share in profile.emoji):
        yield "Tu n'utilises pas d'émoji."
