"""Whether a text is French, by the small words that every sentence needs. No model, no network.

    is_foreign("I don't know what you want to do")          True
    is_foreign("jsp tkt on verra bien, it's fine")          False: some of both is how people write

A small word that two languages share counts for both. Fewer than eight words tell nothing; a text mostly in
letters that are not Latin is foreign at once.
"""

import re
import unicodedata
from collections import Counter

FEWEST_WORDS, FEWEST_HITS, TIMES = 8, 4, 2
FEWEST_LETTERS = 10
AFTER_LATIN = 0x24F  # the last letter of the Latin blocks

SMALL_WORDS = {
    "français": """
je j tu il elle on nous vous ils elles me m te t se s le la l les un une des de du d au aux à a et ou où mais
donc car ni que qu qui quoi dont ce c cette ces cet ça ca sa son ses ma mon mes ta ton tes leur leurs notre
votre y en ne n pas plus rien jamais est es suis sont ai as ont avons avez été était sera serai fait faut va
vais vas vont peux peut veux veut sais sait dans sur sous avec sans pour par chez vers si très trop bien bon
bonne oui non ouais nan ok là ici quand comment pourquoi alors aussi même encore déjà tout tous toute toutes
comme moi toi lui eux merci salut coucou bonjour bonsoir jsp jpp jsuis chui chuis tkt stp svp mdr ptdr dsl
bcp pk pcq pck slt cc cv tjrs tjs qd qqn qqch vrmt grv wsh wesh genre voilà enfin bref demain hier soir matin
""",
    "anglais": """
i you he she it we they the a an and or but not don doesn didn isn aren is are was were be been am have has
had do does did will would can could should of to in on at for with from this that these those what when
where why how my your his her our their me him us them so just like know think want get got going yeah no yes
hey good
""",
    "espagnol": """
yo tú él ella nosotros ellos el la los las un una unos y o pero no es son soy eres está estoy fue ser de del
al a en con por para que qué como cómo cuando donde mi tu su muy más también sí hola gracias bueno vamos
quiero tengo tiene hay eso esto nada todo ya porque si
""",
    "allemand": """
ich du er sie es wir ihr der die das den dem ein eine einen und oder aber nicht ist sind bin bist war hat
habe haben zu in im an auf mit für von bei nach aus wie was wann wo warum mein dein sein ja nein auch noch
schon sehr
""",
    "italien": """
io tu lui lei noi voi loro il lo la gli le un una e o ma non è sono sei siamo era ho hai ha abbiamo di a da
in con su per tra che chi come quando dove perché mio tuo suo molto anche sì ciao grazie bene cosa questo
tutto
""",
    "portugais": """
eu você ele ela nós eles o a os as um uma e ou mas não é são sou está estou foi de do da em no na com por
para que como quando onde meu minha seu muito também sim oi obrigado obrigada tudo isso já porque se vou
""",
    "néerlandais": """
ik jij je hij zij we wij het de een en of maar niet is zijn ben bent was heb heeft hebben te in op aan met
voor van bij naar hoe wat wanneer waar waarom mijn jouw ja nee ook nog al heel dat dit
""",
}
WORDS_OF_LETTERS = re.compile(r"[^\W\d_]+")


def by_word() -> dict[str, list[str]]:
    """The languages of each small word."""
    found: dict[str, list[str]] = {}
    for language, words in SMALL_WORDS.items():
        for word in set(words.split()):
            found.setdefault(word, []).append(language)
    return found


LANGUAGES_OF = by_word()


def is_foreign(text: str) -> bool:
    """Whether a text is in another language than French."""
    if not text.isascii() and in_other_letters(text):
        return True
    words = WORDS_OF_LETTERS.findall(text.lower())
    if len(words) < FEWEST_WORDS:
        return False
    hits = Counter(language for word in words for language in LANGUAGES_OF.get(word, ()))
    french = hits.pop("français", 0)
    most = max(hits.values(), default=0)
    return most >= FEWEST_HITS and most > TIMES * french


def in_other_letters(text: str) -> bool:
    """Mostly Arabic, Cyrillic, Chinese..."""
    letters = [character for character in text if character.isalpha()]
    others = sum(
        ord(letter) > AFTER_LATIN and "LATIN" not in unicodedata.name(letter, "LATIN") for letter in letters
    )
    return len(letters) >= FEWEST_LETTERS and others > len(letters) / 2
