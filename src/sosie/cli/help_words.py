"""What help pages say beyond each verb's own file: the order of the journey, arguments, examples, values."""

# The verbs as one meets them; a verb that no chapter names comes in the last one.
CHAPTERS = {
    "Pour commencer": ("demo", "doctor", "studio"),
    "De vos messages à votre double": (
        "inspect",
        "import",
        "transcribe",
        "style",
        "prepare",
        "enrich",
        "review",
        "plan",
        "train",
        "evaluate",
        "chat",
    ),
    "Et après": (
        "arena",
        "serve",
        "mcp",
        "brouillons",
        "nanochat",
        "fleet",
        "export",
        "verify",
        "unpack",
        "forget",
        "likeness",
    ),
    "sosie lui-même": ("config", "completion"),
}
# What a verb takes before its options.
TAKES = {
    "nanochat run": r"PROGRAMME \[-- ARGUMENTS]",
    "nanochat train": r"\[DIALOGUES]",
    **{f"fleet {verb}": "DOSSIER" for verb in ("prepare", "train", "evaluate", "serve")},
    "inspect": "EXPORT",
    "import": "EXPORT...",
    "train": r"\[DIALOGUES]",
    "transcribe": r"\[NOTES...]",
    "enrich": r"\[TEXTE...]",
    "brouillons": "MESSAGERIE",
    "export": "DESTINATION",
    "verify": "FICHIER",
    "unpack": "VALISE",
    "forget": "NOM...",
    "completion": r"\[SHELL]",
}
LABELS = {
    "DATA": "DIALOGUES",
    "EXPORTS": "EXPORT",
    "FILES": "TEXTE",
    "KIND": "DESTINATION",
    "MESSENGER": "MESSAGERIE",
    "FILE": "FICHIER",
    "NAMES": "NOM",
    "SCRIPT": "PROGRAMME",
    "PEOPLE": "DOSSIER",
}  # of arguments, whose own names are those of the code
VERB_EXAMPLES = {
    "demo": "sosie demo",
    "doctor": "sosie doctor",
    "studio": "sosie studio",
    "inspect": 'sosie inspect "Discussion WhatsApp avec Malo.zip"',
    "import": 'sosie import "Discussion WhatsApp avec Malo.zip" --me "Léa"',
    "style": "sosie style",
    "transcribe": "sosie transcribe --model small",
    "prepare": "sosie prepare --names surrogates",
    "enrich": "sosie enrich journal.md --server http://127.0.0.1:11434/v1#mistral",
    "review": "sosie review",
    "plan": "sosie plan --model luth-0.6b",
    "train": "sosie train --model mini --name essai",
    "evaluate": "sosie evaluate --double essai",
    "chat": 'sosie chat --once "tu viens ?"',
    "arena": "sosie arena",
    "serve": "sosie serve --port 8321",
    "mcp": "sosie mcp",
    "brouillons": "sosie brouillons beeper",
    "nanochat": "sosie nanochat train",
    "nanochat run": "sosie nanochat run chat_cli --checkout nanochat/",
    "nanochat train": "sosie nanochat train",
    "fleet": "sosie fleet train personnes/",
    "fleet prepare": "sosie fleet prepare personnes/",
    "fleet train": "sosie fleet train personnes/ --model mini",
    "fleet evaluate": "sosie fleet evaluate personnes/",
    "fleet serve": "sosie fleet serve personnes/",
    "export": "sosie export gguf --double essai",
    "verify": "sosie verify sortie/essai.zip",
    "unpack": "sosie unpack valise.zip",
    "forget": 'sosie forget "Paul"',
    "likeness": "sosie likeness --given reponses.jsonl --truth vraies.jsonl --others autres.jsonl",
    "config": "sosie config",
    "completion": "sosie completion bash",
}
# What stands for the value of an option: by its name, else by its kind.
VALUES = {
    "--folder": "DOSSIER",
    "--to": "DOSSIER",
    "--keep": "DOSSIER",
    "--double": "DOUBLE",
    "--against": "DOUBLE",
    "--base": "MODÈLE",
    "--model": "MODÈLE",
    "--engine": "MOTEUR",
    "--source": "FORMAT",
    "--me": "NOM",
    "--beeper-contacts": "NUMÉRO",
    "--telegram-contacts": "@NOM",
    "--telegram-server": "ADRESSE",
    "--name": "NOM",
    "--keep-names": "NOM",
    "--resume": "NOM",
    "--host": "ADRESSE",
    "--judge": "ADRESSE",
    "--server": "ADRESSE",
    "--vllm": "ADRESSE",
    "--budget": "JETONS",
    "--templates": "FICHIER",
    "--port": "PORT",
    "--bits": "N",
}
VALUE_KINDS = {"PATH": "FICHIER", "INT": "N", "FLOAT": "NOMBRE", "STR": "TEXTE", "CHOICE": "CHOIX"}
# Knobs for whoever knows what they turn; every other option is for everybody.
ADVANCED = frozenset(
    [
        "--rank",
        "--alpha",
        "--learning-rate",
        "--schedule",
        "--group",
        "--patience",
        "--max-tokens",
        "--dropout",
        "--dora",
        "--rslora",
        "--neftune",
        "--bits",
        "--neutral",
        "--seed",
        "--show-mask",
        "--generations",
        "--engine",
        "--held",
        "--learnt",
        "--test-share",
        "--valid-share",
        "--generated-share",
        "--min-words",
        "--threshold",
        "--price-in",
        "--price-out",
        "--templates",
        "--max-turns",
        "--silence-minutes",
        "--judge",
        "--judge-elsewhere",
        "--weights",
        "--host",
        "--beeper-port",
        "--telegram-server",
        "--quiet-seconds",
        "--key-file",
        "--passphrase-file",
        "--base",
        "--system",
        "--temperature",
    ]
)
EVERYWHERE = ("--folder", "--json", "--debug")


def usage(verb: str) -> str:
    """« sosie train [DIALOGUES] [OPTIONS] », for a place where rich reads markup."""
    return " ".join(("sosie", verb, *([TAKES[verb]] if verb in TAKES else []), r"\[OPTIONS]"))


def page(verb: str, words: str) -> str:
    """What a verb does, and an example of it."""
    return f"{words}\n\nPar exemple : {VERB_EXAMPLES[verb]}" if verb in VERB_EXAMPLES else words


def value(name: str, kind: str) -> str:
    """« --port », « INT » -> « PORT »; « STR... » keeps its dots."""
    bare = kind.rstrip(".")
    return VALUES.get(name, VALUE_KINDS.get(bare, bare)) + kind[len(bare) :]
