"""What the sources are called in French: alone in a table, and in a sentence (« dans les SMS »)."""

NAMES: dict[str, tuple[str, str]] = {
    "whatsapp": ("WhatsApp", "WhatsApp"),
    "telegram": ("Telegram", "Telegram"),
    "messenger": ("Messenger", "Messenger"),
    "instagram": ("Instagram", "Instagram"),
    "openai_jsonl": ("Dialogues OpenAI", "les dialogues OpenAI"),
    "sharegpt": ("Dialogues ShareGPT", "les dialogues ShareGPT"),
    "alpaca": ("Dialogues Alpaca", "les dialogues Alpaca"),
    "chatgpt": ("ChatGPT", "ChatGPT"),
    "claude": ("Claude", "Claude"),
    "lechat": ("Le Chat", "Le Chat"),
    "sms": ("SMS", "les SMS"),
    "discord": ("Discord", "Discord"),
    "discord_package": ("Discord (paquet)", "le paquet Discord"),
    "signal": ("Signal", "Signal"),
    "signal_export": ("Signal", "Signal"),
    "email": ("Courrier", "le courrier"),
    "imessage": ("iMessage", "iMessage"),
    "slack": ("Slack", "Slack"),
    "google_chat": ("Google Chat", "Google Chat"),
    "line": ("LINE", "LINE"),
    "snapchat": ("Snapchat", "Snapchat"),
    "skype": ("Skype", "Skype"),
    "csv": ("Tableau", "le tableau"),
    "transcript": ("Sous-titres", "les sous-titres"),
    "dialogue": ("Dialogue", "le dialogue"),
}


def label(source: str) -> str:
    """« sms » -> « SMS »; a source that a plug-in brought keeps its own name."""
    return NAMES.get(source, (source,))[0]


def in_words(source: str) -> str:
    """« sms » -> « les SMS »"""
    return NAMES.get(source, (source,))[-1]
