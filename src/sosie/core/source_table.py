"""The table of sources: one row for each application or format, with all that is asked of it.

A new source is its folder in sources/, its row here, and its fixtures. A plug-in's reader, which has no row,
is an application with ids of its own.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class SourceRow:
    """`label` stands alone in a table, `in_words` in a sentence: « SMS », « dans les SMS »."""

    name: str
    reader: str = ""  # "module:Class", below sosie.sources
    label: str = ""
    in_words: str = ""
    family: Literal["app", "dataset", "plain"] = "app"  # plain formats and data sets are read last in a mix
    named: bool = False  # a thread is known by its title or its people only, a message by its author
    attachments_inside: bool = False  # one file holds all: what lies beside it was not sent in it
    reads_also: str = ""  # the other source whose files this reader takes too
    silence_days: int = 0  # where an answer is not expected within hours
    reads_any_text: bool = False  # would take other sources' texts as well
    chat_file: str = ""  # the name of a text that the application made: what lies beside it was sent there
    beside: tuple[str, ...] = ()  # files that hold names for the messages, JSON where no ending is said


SOURCE_ROWS = (
    SourceRow(
        "whatsapp",
        "whatsapp.reader:WhatsApp",
        "WhatsApp",
        named=True,
        reads_any_text=True,
        chat_file="_chat",
    ),
    SourceRow(
        "whatsapp_backup", "whatsapp.backup_reader:WhatsAppBackup", "WhatsApp (base)", "la base WhatsApp"
    ),
    SourceRow("telegram", "telegram.reader:Telegram", "Telegram"),
    SourceRow(
        "messenger",
        "meta.reader:Messenger",
        "Messenger",
        reads_also="instagram",
        beside=("personal_information", "profile_information"),
    ),
    SourceRow("instagram", "meta.reader:Instagram", "Instagram", reads_also="messenger"),
    SourceRow(
        "openai_jsonl",
        "datasets.openai_jsonl:OpenAIJsonl",
        "Dialogues OpenAI",
        "les dialogues OpenAI",
        family="dataset",
    ),
    SourceRow(
        "sharegpt",
        "datasets.sharegpt:ShareGPT",
        "Dialogues ShareGPT",
        "les dialogues ShareGPT",
        family="dataset",
    ),
    SourceRow(
        "alpaca", "datasets.alpaca:Alpaca", "Dialogues Alpaca", "les dialogues Alpaca", family="dataset"
    ),
    SourceRow("chatgpt", "assistants.chatgpt:ChatGPT", "ChatGPT", beside=("user", "shared_conversations")),
    SourceRow("deepseek", "assistants.deepseek:DeepSeek", "DeepSeek", beside=("user",)),
    SourceRow("gemini", "assistants.gemini:Gemini", "Gemini"),
    SourceRow("grok", "assistants.grok:Grok", "Grok"),
    SourceRow("copilot", "assistants.copilot:Copilot", "Copilot"),
    SourceRow("claude", "assistants.claude:Claude", "Claude", beside=("users", "projects")),
    SourceRow("lechat", "assistants.lechat:LeChat", "Le Chat"),
    SourceRow("sms", "sms.reader:Sms", "SMS", "les SMS", attachments_inside=True),
    SourceRow("discord", "discord.chat_exporter:Discord", "Discord"),
    SourceRow(
        "discord_package",
        "discord.data_package:DiscordPackage",
        "Discord (paquet)",
        "le paquet Discord",
        beside=("index", "channel", "user"),
    ),
    SourceRow("signal", "signal.reader:Signal", "Signal"),
    SourceRow("signal_export", "signal.signal_export_tool:SignalExport", "Signal", named=True),
    SourceRow("sigtop", "signal.sigtop:Sigtop", "Signal", named=True),
    SourceRow("signalbackup", "signal.backup_tools:SignalBackupTools", "Signal", named=True),
    SourceRow(
        "email", "mail.reader:Mail", "Courrier", "le courrier", attachments_inside=True, silence_days=30
    ),
    SourceRow("imessage", "imessage.reader:IMessage", "iMessage"),
    SourceRow("imessage_exporter", "imessage.exporter:ImessageExporter", "iMessage", named=True),
    SourceRow("element", "element:Element", "Element"),
    SourceRow("beeper", "beeper:Beeper", "Beeper"),
    SourceRow("hangouts", "hangouts:Hangouts", "Hangouts"),
    SourceRow("threema", "threema:Threema", "Threema", beside=("contacts.csv", "groups.csv")),
    SourceRow("viber", "viber:Viber", "Viber"),
    SourceRow("tinder", "tinder:Tinder", "Tinder"),
    SourceRow(
        "slack",
        "slack.reader:Slack",
        "Slack",
        beside=("users", "org_users", "channels", "groups", "dms", "mpims"),
    ),
    SourceRow("google_chat", "google_chat:GoogleChat", "Google Chat", beside=("user_info", "group_info")),
    SourceRow("line", "line.reader:Line", "LINE", named=True),
    SourceRow("snapchat", "snapchat.reader:Snapchat", "Snapchat", beside=("account", "profile")),
    SourceRow("x", "x_messages:XMessages", "X", beside=("account.js",)),
    SourceRow("tiktok", "tiktok:TikTok", "TikTok"),
    SourceRow("skype", "skype:Skype", "Skype"),
    SourceRow("csv", "table.reader:Table", "Tableau", "le tableau", family="plain", named=True),
    SourceRow(
        "transcript",
        "plain_text.subtitles:Transcript",
        "Sous-titres",
        "les sous-titres",
        family="plain",
        named=True,
    ),
    SourceRow(
        "dialogue", "plain_text.dialogue:Dialogue", "Dialogue", "le dialogue", family="plain", named=True
    ),
)
_BY_NAME = {row.name: row for row in SOURCE_ROWS}


def source_row(source: str) -> SourceRow:
    """The row of a source; a plug-in's has its name as its label."""
    return _BY_NAME.get(source) or SourceRow(source, label=source)


def label(source: str) -> str:
    """« sms » -> « SMS »"""
    return source_row(source).label


def in_words(source: str) -> str:
    """« sms » -> « les SMS »"""
    row = source_row(source)
    return row.in_words or row.label
