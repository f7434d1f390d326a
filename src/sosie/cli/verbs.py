"""The verbs by name: where each one is, and what it does."""

# Importing a verb's file waits until the verb is called: `sosie --help` stays light.
VERBS = {
    "demo": ("demo:demo", "Tout le voyage sur un exemple, sans réseau, puis la page pour discuter"),
    "doctor": ("doctor:doctor", "Ce que cette machine a et ce qui lui manque"),
    "inspect": ("inspect_:inspect", "Lire un export sans rien écrire : qui, combien, quand"),
    "import": ("import_:import_", "Faire entrer des exports dans ce dossier"),
    "transcribe": (
        "transcribe:transcribe",
        "Écouter les messages vocaux : du son au texte, sur cette machine",
    ),
    "prepare": ("prepare:prepare", "Découper, masquer, trier : des messages aux dialogues"),
    "style": ("style:style", "Votre fiche de style : ce qui distingue votre écriture, avant d'apprendre"),
    "review": ("review:review", "Relire les dialogues un à un : garder, écarter, corriger"),
    "forget": ("forget:forget", "Retirer une personne de tout ce qui est gardé ici, avec un certificat"),
    "enrich": ("enrich:enrich", "Faire de vos longs textes des réponses, à des questions inventées"),
    "plan": ("plan:plan", "Ce que l'entraînement ferait ici, pourquoi, en combien de temps"),
    "train": ("train:train", "Apprendre à écrire comme vous"),
    "evaluate": ("evaluate:evaluate", "Mesurer un double : ressemble-t-il, recopie-t-il, laisse-t-il fuir ?"),
    "likeness": ("likeness:likeness", "Mesurer à quel point des réponses vous ressemblent"),
    "arena": ("arena:arena", "Le jeu « Qui a écrit ça ? » : vos amis reconnaissent-ils votre double ?"),
    "chat": ("chat:chat", "Discuter dans le terminal"),
    "serve": ("serve:serve", "Parler à un double par l'API d'OpenAI, ou d'un téléphone par une page légère"),
    "nanochat": (
        "nanochat:app",
        "Lancer nanochat tel quel avec votre double, ou en faire un petit à soi",
    ),
    "fleet": ("fleet:app", "Les mêmes verbes pour beaucoup de personnes, chacune dans son dossier"),
    "mcp": ("mcp:mcp", "Donner le double comme outils à un assistant, par le protocole MCP"),
    "brouillons": (
        "brouillons:brouillons",
        "Préparer vos réponses dans Beeper ou Telegram, sans rien envoyer",
    ),
    "export": ("export:export", "Emporter un double, ou de quoi l'apprendre ailleurs (Colab, Kaggle)"),
    "verify": ("verify:verify", "Vérifier qu'un export est tel que sosie l'a écrit, sans réseau"),
    "unpack": ("unpack:unpack", "Ouvrir ici une valise faite par « sosie export colab »"),
    "studio": ("studio:studio", "La page : tout le voyage sans terminal, sur cette machine seulement"),
    "config": ("config:config", "Les réglages en vigueur dans ce dossier, et d'où vient chacun"),
    "completion": ("completion:completion", "Ce qui complète les commandes de sosie, pour votre shell"),
}

# A sign turns until these speak: what they need takes a moment to load. They are quiet before they ask.
SLOW_TO_BEGIN = ("demo", "doctor", "inspect", "import", "style", "prepare", "enrich", "plan", "train") + (
    "evaluate",
    "arena",
    "forget",
    "likeness",
    "verify",
)
