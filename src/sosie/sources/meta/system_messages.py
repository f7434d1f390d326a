"""What Messenger and Instagram write themselves among messages: newer exports do not set it apart.

    Inès: « Inès a nommé le groupe Vacances. »       notice
    Léo:  « A aimé un message »                      notice
    Léo:  « Léo a envoyé une pièce jointe. »         placeholder: something was sent, without words
    Léo:  « elle a envoyé une photo ! »              said

Such a text names its own sender, by name or first name, or says « Vous ». Where no one would write it by
hand (« … a défini l'emoji sur … ») any short name will do: it may be a nickname.
"""

import re
from functools import lru_cache
from typing import Literal

Verdict = Literal["said", "notice", "placeholder"]

_LONGEST = 400  # a group's name may be long
_SPACES = re.compile(r"[\s\u200e\u200f]+")
_YOU = ("vous", "you", "usted", "você")
_PERSON = r"(?!(?:il|elle|on|ils|elles|je|tu|nous|qui|ça|ce|he|she|they|we|i|who|it)\b)\S+(?: \S+){0,3}"

_TALK = r"(?:la |cette )?(?:discussion|conversation)"
_CALL = r"(?:un appel|l'appel|une discussion vidéo|la discussion vidéo|un chat vidéo|le chat vidéo)"
_HAS = "(?:a|avez) "
_SURE_FR = (
    r"nommé le groupe .+",
    r"(?:supprimé|effacé|retiré) le nom du groupe",
    r"(?:changé|modifié|mis à jour|retiré|supprimé|défini) la photo (?:du|de) groupe",
    r"(?:défini|choisi|changé|modifié) l'emoji .+",
    r"défini .{1,12} comme (?:emoji|réaction).*",
    rf"(?:modifié|changé|défini|choisi) (?:les couleurs|la couleur|le thème|l'ambiance) (?:de {_TALK}|sur).*",
    r"(?:défini|choisi|modifié|changé|effacé|supprimé) (?:le|votre|son|son propre) (?:pseudo|surnom)\b.*",
    rf"(?:démarré|commencé|lancé|rejoint|quitté|terminé) {_CALL}(?: (?:vidéo|audio|vocal|de groupe))*",
    r"(?:commencé|arrêté) (?:à|de) partager .+",
    r"(?:commencé|créé|lancé|mis à jour) (?:un|le) (?:plan|sondage)\b.*",
    r"remplacé le (?:nom|lieu) du plan.*",
    r"épinglé un message.*",
    r"manqué votre appel(?: vidéo| audio| vocal)?",
    r"créé (?:le|ce) groupe.*",
    r"(?:activé|désactivé) (?:les messages éphémères|le mode éphémère|l'approbation des membres).*",
)
_OWN_FR = (
    rf"ajouté .+ (?:au groupe|à {_TALK})",
    rf"(?:retiré|supprimé|exclu) .+ (?:du groupe|de {_TALK})",
    rf"(?:quitté|rejoint) (?:le groupe|{_TALK})",
    r"voté pour .+",
    r"(?:retiré|supprimé|modifié|changé) (?:son|votre) vote.*",
    r"réagi (?:avec |par )?\S+(?: \S+)? (?:à|au) .{0,30}message",
    r"(?:aimé|adoré) (?:un|votre|son|le) message",
    r"surnommé .+",
    r"marqué .+ points?.*",
    r"battu (?:son|votre) record.*",
    r"répondu (?:Participe|Ne participe pas|Peut-être).*",
    r"appelé [^?!]+",
    r"manqué (?:un|votre|l')\s?appel.*",
    r"fait signe à .+",
)
_OTHER_OWN_FR = (
    r"vous a (?:appelée?|appelé\(e\)|fait signe|défiée?.*|défié\(e\).*)",
    r"a manqué votre appel.*",
)
_SENT_FR = (
    r"envoyé (?:une pièce jointe|un lien|un GIF(?: (?:de|depuis|via) \w+)?|sa position(?: en direct)?)",
    r"envoyé (?:une|des|\d+) (?:photos?|vidéos?|images?|positions?|localisations?)(?: en direct)?",
    r"envoyé un (?:autocollant|sticker|message (?:vocal|audio)|fichier|contact|emplacement|pouce)",
    r"partagé (?:une?|sa|la|le) (?:story|lien|publication|reel|réel|position|emplacement|photo|vidéo|profil)"
    r"(?: (?:de|d'|en) ?[^?!]{1,60})?",
    r"répondu à (?:votre|sa|une) story",
    r"mentionné(?:e|\(e\))?(?: .{1,60})? dans (?:sa|une|votre) story",
)

_CALL_EN = r"(?:a|an|the) (?:group )?(?:video |audio |voice )?(?:call|chat)"
_SURE_EN = (
    r"named the group .+",
    r"removed the group name",
    r"(?:changed|removed|updated) the group photo",
    r"set the (?:emoji|quick reaction) to .+",
    r"changed the (?:chat )?(?:theme|colou?rs?)\b.*",
    r"(?:set|cleared|removed) (?:the nickname for .+|(?:your|his own|her own|their own) nickname.*)",
    rf"(?:started|joined|ended) {_CALL_EN}",
    r"started sharing .+",
    r"pinned a message.*",
    r"missed your (?:video |audio |voice )?(?:call|chat)",
    r"created (?:a poll|the group|this group)\b.*",
    r"turned (?:on|off) (?:disappearing messages|vanish mode|member approval|auto-translation).*",
)
_OWN_EN = (
    r"added .+ to the (?:group|conversation|chat)",
    r"removed .+ from the (?:group|conversation|chat)",
    r"(?:left|joined) the (?:group|conversation|chat)",
    r"voted for .+",
    r"(?:changed|removed) (?:his|her|their|your) vote.*",
    r"reacted \S+(?: \S+)? to .{0,30}message",
    r"liked (?:a|your) message",
    r"called [^?!]+",
    r"missed (?:a|your) (?:video |audio |voice )?(?:call|chat).*",
    r"waved at .+",
)
_SENT_EN = (
    r"sent (?:an attachment|a link|a GIF(?: from \w+)?|(?:a|the) (?:live )?location)",
    r"sent (?:a|\d+) (?:photos?|videos?|images?)",
    r"sent a (?:sticker|voice message|file|contact|thumbs up)",
    r"shared (?:an?|the|your|their) (?:story|link|post|reel|location|live location|photo|video|profile)"
    r"(?: of [^?!]{1,60})?",
    r"mentioned (?:you|[^?!]{1,60}) in (?:a|your|their|his|her) story",
    r"replied to (?:your|their|his|her|a) story",
)

_OTHERS_OWN = (
    r"(?:reaccionó|ha reaccionado) (?:con )?\S+ a (?:tu|un|su) mensaje",
    r"hat mit \S+ auf (?:deine|eine|ihre) Nachricht reagiert",
    r"ha reagito (?:con )?\S+ al tuo messaggio",
    r"reagiu (?:com )?\S+ (?:à sua|a uma) mensagem",
    r"heeft met \S+ op (?:je|een) bericht gereageerd",
)
_OTHERS_SENT = (
    r"envió un archivo adjunto",
    r"hat einen Anhang gesendet",
    r"ha inviato un allegato",
    r"enviou um anexo",
    r"heeft een bijlage (?:verzonden|gestuurd)",
)

_WHOLE = (
    r"(?:a (?:aimé|réagi .{1,20} à) (?:un|votre|son) message)",
    r"(?:liked a message|reacted .{1,20} to (?:your|a|their) message)",
    r"(?:le (?:ha gustado|gustó) un mensaje|reaccionó .{1,20} a tu mensaje)",
    r"(?:gefällt eine nachricht|hat eine nachricht mit .{1,20} markiert)",
    r"(?:ha messo mi piace a un messaggio|ha reagito .{1,20} al tuo messaggio)",
    r"(?:curtiu uma mensagem|reagiu .{1,20} à sua mensagem)",
    r"(?:l'appel|l'appel vidéo|l'appel audio|la discussion vidéo|le chat vidéo) est terminée?",
    r"discussion vidéo terminée",
    r"appel (?:vidéo |audio |vocal )?manqué(?: .*)?",
    r"appel (?:vidéo |audio |vocal )?(?:de groupe )?(?:terminé|refusé|annulé|sans réponse)(?: [·•(\d].*)?",
    r"(?:video |audio |voice )(?:call|chat) (?:declined|cancell?ed|not answered|unanswered)",
    r"(?:the )?(?:video chat|(?:video |audio )?call) (?:has )?ended",
    r"missed (?:video |audio |voice )?(?:call|chat)(?: .*)?",
    r"vous pouvez (?:désormais|maintenant) vous (?:envoyer|appeler|parler|écrire).*",
    r"vous êtes (?:désormais|maintenant) (?:amis|connectés|en contact).*",
    r"you can now (?:message|call) .+|you(?:'re| are) now (?:connected|friends) .*",
    r"(?:dites bonjour à|say hi to) .+",
    r"les messages et (?:les )?appels sont .+bout en bout.*",
    r"messages and calls are .*end-to-end.*",
)


def _any(*groups: str) -> str:
    return "(?:" + "|".join(groups) + r")[.\s]*"


_ALONE = re.compile(_any(*_WHOLE), re.IGNORECASE)
_SURE = re.compile(f"{_PERSON} (?:{_HAS}{_any(*_SURE_FR)}|{_any(*_SURE_EN)})", re.IGNORECASE)
_OWN = re.compile(
    f"{_HAS}{_any(*_SURE_FR, *_OWN_FR)}|{_any(*_SURE_EN, *_OWN_EN, *_OTHER_OWN_FR, *_OTHERS_OWN)}",
    re.IGNORECASE,
)
_SENT = re.compile(f"(?:vous )?{_HAS}{_any(*_SENT_FR)}|{_any(*_SENT_EN, *_OTHERS_SENT)}", re.IGNORECASE)
_ANYBODY_SENT = re.compile(rf"(?:\S+ ){{1,4}}?(?:{_SENT.pattern})", re.IGNORECASE)


def classify(text: str, sender: str, something_sent: bool) -> Verdict:
    """What a text is. `something_sent`: there is a medium or a link beside it."""
    if len(text) > _LONGEST or "\n" in text.strip():
        return "said"
    words = _SPACES.sub(" ", text.replace("’", "'")).strip()
    if _ALONE.fullmatch(words) or _SURE.fullmatch(words):
        return "notice"
    if something_sent and _ANYBODY_SENT.fullmatch(words):
        return "placeholder"
    folded = words.casefold()
    for name in _names_of(sender):
        if folded.startswith(name):
            rest = words[len(name) :]
            if _OWN.fullmatch(rest):
                return "notice"
            if _SENT.fullmatch(rest):
                return "placeholder"
    return "said"


@lru_cache(maxsize=1000)
def _names_of(sender: str) -> tuple[str, ...]:
    """The possible beginnings of a text about « Léo Roux 🎸 »: « léo roux 🎸 », « léo », « vous »."""
    name = _SPACES.sub(" ", sender.replace("’", "'")).strip().casefold()
    return tuple(f"{called} " for called in dict.fromkeys((name, name.partition(" ")[0], *_YOU)) if called)
