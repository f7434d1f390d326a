"""The person's own words, kept beside the adapter so that what is refused as no French spares them.

own_words(dialogues, lexicon)  ->  ["chuis", "mdr", "roh"]      runs/NAME/double/words.txt, 0600

Rare words would be a list of names and secrets. So only words that the lexicon has not, written in lower case
(most names are not) in at least AT_LEAST dialogues; and no export takes the file along. Not covered: a name
that the person always writes in lower case, in several conversations.
"""

from collections import Counter
from collections.abc import Iterable

from sosie.core.dialogue import Dialogue
from sosie.models.lexicon import LETTERED, Lexicon

AT_LEAST = 3  # dialogues


def own_words(dialogues: Iterable[Dialogue], lexicon: Lexicon) -> list[str]:
    counts: Counter[str] = Counter()
    for dialogue in dialogues:
        counts.update(
            {word for reply in dialogue.replies for word in LETTERED.findall(reply) if word.islower()}
        )
    return sorted(word for word, count in counts.items() if count >= AT_LEAST and word not in lexicon)
