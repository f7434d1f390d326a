"""How mail programs announce what is not the sender's own: quotes, forwards, footers, ways to reach them.

    Le mar. 4 mars 2025 à 09:00, Hélène Roy <helene@exemple.fr> a écrit :       ANNOUNCED
    Hélène Roy a écrit :                                                        NAMED (a quote must follow)
    -----Message d'origine-----                                                 ORIGINAL
    Début du message transféré :                                                FORWARDED
    Envoyé de mon iPhone · Télécharger Outlook pour Android                     FOOTER

All of them are matched against one line, its spaces and accents made alike. French first; the other languages
come from the programs that French speakers use.
"""

import re

_WROTE = (
    r"(?:a\s+(?:écrit|répondu)|a\s+envoyé\s+le\s+message\s+suivant|wrote|writes|schrieb|escribió|ha\s+scritto"
    r"|escreveu|schreef)"
)
_DATE = r"(?:\d{1,2}\s?[:hH.]\s?\d{2}|\d{4}|\d{1,2}[/.-]\d{1,2})"
DATED = re.compile(_DATE)
VERB = re.compile(rf"(?:a\b|écrit\b|{_WROTE}\b)", re.IGNORECASE)
ANNOUNCED = re.compile(
    rf"\W{{0,3}}(?:Le|On|Am|El|Il|Em|Op|Den)\b(?=.*(?:{_DATE}|@)).{{3,400}}?\b{_WROTE}\b.{{0,120}}:\W{{0,2}}"
    r"|\W{0,3}Le\s\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b.{0,20}\d\s?[:h]\s?\d{2}.{1,200}?\ba\s+dit\s*:\W{0,2}",
    re.IGNORECASE,
)
NAMED_LEAD_IN = re.compile(
    rf"\W{{0,3}}\S.{{0,200}}?\b(?:{_WROTE}|a\s+dit)\b.{{0,100}}:\W{{0,2}}", re.IGNORECASE
)
RULE = re.compile(r"(?:[-_=*#~—–]\s?){4,}")
DATED_LEAD_IN = re.compile(r"[>\s]*Message du \d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b.{0,40}", re.IGNORECASE)
ORIGINAL = re.compile(
    r"[-_=*\s]{2,}(?:original message|message\s+(?:d['’ ]?origine|original|initial)|(?:e-?mail|courriel"
    r"|courrier|mail)\s+(?:d['’ ]origine|original|initial)|réponse originale|ursprüngliche nachricht"
    r"|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht)[-_=*:\s]{2,}",
    re.IGNORECASE,
)
FORWARDED = re.compile(
    r"[-_=*\s]{2,}(?:forwarded message|(?:message|courriel|courrier|e-?mail|mail)\s+(?:transféré|réexpédié)"
    r"|weitergeleitete nachricht|mensaje reenviado|messaggio inoltrato|mensagem encaminhada)[^\n]{0,60}"
    r"|(?:début\s+du\s+message\s+(?:transféré|réexpédié)|begin\s+forwarded\s+message|message\s+transféré)\s*:?",
    re.IGNORECASE,
)
MAY_ANNOUNCE = re.compile(rf"\b(?:{_WROTE}|a\s+dit)\b", re.IGNORECASE)
FIELD = re.compile(r"[\s*]*(?P<name>[\w-]+(?: (?:à|le|à la|par))?)[\s*]*:[\s*]*(?P<value>.*)", re.IGNORECASE)
FROM_FIELDS = frozenset(["de", "from", "von", "expéditeur"])
SUBJECT_FIELDS = frozenset(["objet", "sujet", "subject", "betreff", "asunto", "oggetto"])
SENT_FIELDS = frozenset(["envoyé", "sent", "gesendet", "enviado", "inviato", "date", "datum", "envoyé le"])
TO_FIELDS = frozenset(["à", "a", "to", "pour", "an", "para", "destinataire", "destinataires"])
_OTHERS = frozenset(
    ["cc", "cci", "bcc", "copie", "copie à", "importance", "priorité", "reply-to", "répondre à"]
)
FIELDS = FROM_FIELDS | SUBJECT_FIELDS | SENT_FIELDS | TO_FIELDS | _OTHERS

_DEVICE = (
    r"(?:i?phone|ipad|ipod|mobile|portable|smartphone|téléphone|tablette|appareil|android|samsung|galaxy|huawei"
    r"|honor|xiaomi|redmi|pixel|nokia|sony|xperia|oneplus|oppo|lg|htc|blackberry|windows|outlook|yahoo|gmail|orange"
    r"|sfr|free|bouygues|la\s?poste|laposte|proton\s?mail|protonmail|proton|courrier|mail|mailbox|mailo|spark"
    r"|l['’]application|ma\s+messagerie|messagerie|webmail|bluemail|aqua\s?mail|k-9|fairemail|typeapp|canary"
    r"|thunderbird|zimbra|mac|macbook|apple\s+watch)"
)
FOOTER = re.compile(
    rf"\W*(?:(?:envoyée?|expédiée?|transmis)\s+(?:de(?:puis)?|à\s+partir\s+d[e']|avec|via|par|d['’]un|grâce\s+à)\s*"
    rf"(?:(?:mon|ma|un|une|la|le|les|notre|l['’]|d['’]un)\s*)?(?:\w+\s+)?{_DEVICE}\b.{{0,120}}"
    rf"|sent\s+(?:from|with|via|using|by)\s+(?:(?:my|an?|the)\s+)?(?:\w+\s+)?{_DEVICE}\b.{{0,120}}"
    r"|(?:télécharge[rz]|obten(?:ir|ez)|get|download)\s+(?:outlook|bluemail|yahoo|l['’]application)\b.{0,120}"
    r"|von\s+meinem\s+.{1,30}gesendet|enviado\s+desde\s+mi\s+.{1,40}|inviato\s+da\s+.{1,40}"
    r"|provenance\s*:\s*courrier\s+pour\s+windows.{0,20}"
    r"|(?:garanti\s+)?sans\s+virus\W.{0,60}|virus-free\W.{0,60}"
    r"|(?:cet?|ce)\s+(?:e-?mail|courriel|message|courrier)(?:\s+électronique)?\s+a\s+été\s+(?:vérifié|contrôlé|analysé)"
    r"\s+par.{0,80}|l['’]absence\s+de\s+virus\s+dans\s+ce\s+courrier.{0,100}"
    r"|(?:avant\s+d['’]imprimer|n['’]imprimez).{0,60}(?:environnement|nécessaire|planète).{0,40}"
    r"|pensez\s+à\s+l['’]environnement\s+avant\s+d['’]imprimer.{0,60})\W*",
    re.IGNORECASE,
)
CONTACT = re.compile(
    r"(?:t[ée]l|mob|port|fax|phone|cell)\w*\s?[.:)]|\b(?:\+\d{2}|0)\s?\d(?:[\s.-]?\d{2}){4}\b|https?://|\bwww\."
    r"|\S@\S+\.\w|\b\d{5}\s+[A-ZÉÈ]|\bSIRET\b",
    re.IGNORECASE,
)
ARMOUR = re.compile(
    r"\A\s*-----BEGIN PGP SIGNED MESSAGE-----\n(?:[^\n]+\n)*\n?"
    r"|-----BEGIN PGP (?:SIGNATURE|MESSAGE|PUBLIC)[\s\S]*\Z"
)
