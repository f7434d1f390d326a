"""What the detectors once missed: in another order, in small letters, with other signs, without its word."""

import pytest

from sosie.prepare.pii.detectors import find

MISSED = {
    "secret": [
        ("j'ai mis loulou71 comme mot de passe", "loulou71"),
        ("utilise Doudou@4 pour te connecter", "Doudou@4"),
        ("connecte toi avec caramel75", "caramel75"),
        ("ouvre le pdf avec samba40", "samba40"),
        ("le wifi de mamie c'est sardine05", "sardine05"),
        ("pour le wifi tu mets 42hibou45", "42hibou45"),
        ("le wifi ? Soleil8998", "Soleil8998"),
        ("mon pass c Bretagne2011", "Bretagne2011"),
        ("identifiants du site : marie / moustache70", "moustache70"),
        ("wifi : Livebox-4F2A\nclé : ZYSVGIgd$", "ZYSVGIgd$"),
        ("le mdp a changé, maintenant c loulou42 et le mdp a changé, maintenant c minou66", "minou66"),
        ("passe-moi le mdp ... Colombe#2 merci", "Colombe#2"),
        ("mot  de passe -> biquette_33", "biquette_33"),
        ("cookie7945 <- mdp", "cookie7945"),
        ("pwd: JgDhLcyuCT", "JgDhLcyuCT"),
        ("tape A4561 pour entrer", "A4561"),
        ("pour déverrouiller mon tel c'est 7738B", "7738B"),
        ("digicode bâtiment A 3651", "3651"),
        ("c'est doudoubaba le mdp", "doudoubaba"),
        ("c'est « sympa » le mdp", "sympa"),
        ("wifi (tigrou673)", "tigrou673"),
        ("code immeuble A 1854", "1854"),
        ("c'est 4371 B le code", "4371 B"),
        ("tape 7 2 5 9 sur le digicode", "7 2 5 9"),
        ("mot2passe : loulou71", "loulou71"),
        ("pour le déverrouillage : 7738", "7738"),
    ],
    "adresse": [
        ("mes parents vivent a 97250 à Guingamp", "97250 à Guingamp"),
        ("je suis de 41710\najaccio", "41710\najaccio"),
        ("on habite cp 97480 marseille", "97480 marseille"),
        ("le colis part pour 38380 Roubaix", "38380 Roubaix"),
        ("jhabite 04920 - noyon mtn", "04920 - noyon"),
        ("lieu de naissance : tulle [72350]", "tulle [72350]"),
        ("tu vois 12340 nogent le rotrou ?", "12340 nogent le rotrou"),
        ("vendu à Wattrelos cp 97250", "Wattrelos cp 97250"),
        ("la CAF de 75016, Aix-les-Bains", "75016, Aix-les-Bains"),
        ("je bosse sur 65950/Neufchâtel-en-Bray", "65950/Neufchâtel-en-Bray"),
        ("viens au 74 rd-pt des Tanneurs", "74 rd-pt des Tanneurs"),
        ("j'habite 5 Grand'Rue", "5 Grand'Rue"),
        ("14 vieille route de Lyon", "14 vieille route de Lyon"),
        ("12_rue_victor_hugo", "12_rue_victor_hugo"),
        ("9 - impasse Paul Cézanne", "9 - impasse Paul Cézanne"),
        ("rue Pasteur n°12", "rue Pasteur n°12"),
        ("12rue Victor Hugo", "12rue Victor Hugo"),
        ("rdv 101 cours de verdun a 20h", "101 cours de verdun"),
        ("on mange 12 cours gambetta demain", "12 cours gambetta"),
        ("l'appart il est 15 quartier emile zola", "15 quartier emile zola"),
        ("119 che Gambetta", "119 che Gambetta"),
        ("adresse:14 rue du puits gueret, 23000", "14 rue du puits gueret, 23000"),
        ("jcherche un appart sur melesse (35520)", "melesse (35520)"),
        ("ca passe par gratentour 31150 demain", "gratentour 31150"),
        ("on bosse sur 31150 gratentour cette semaine", "31150 gratentour"),
        ("54370, mions", "54370, mions"),
        ("adresse : 3 rue du bac ballan miré [37510]", "3 rue du bac ballan miré [37510]"),
        ("né à 91190\nGIF", "91190\nGIF"),
        ("mairie de Castanet tolosan 31320", "Castanet tolosan 31320"),
        ("mon patelin c templeuve 59242", "templeuve 59242"),
        ("mon bled preignan - 32810", "preignan - 32810"),
        ("sonne chez lea 12A place notre dame", "12A place notre dame"),
        ("cest 69-71 pl du château d'eau en face", "69-71 pl du château d'eau"),
        ("direction 98-100 cours de la gare", "98-100 cours de la gare"),
        ("cest rue jacques brel 25 en face du tabac", "rue jacques brel 25"),
        ("le camping est à 85440 talmont st hilaire", "85440 talmont st hilaire"),
        ("on habite 5377 somme-leuze", "5377 somme-leuze"),
    ],
    "compte": [
        ("discord maxDoudou", "maxDoudou"),
        ("mon snap lea-soleil9", "lea-soleil9"),
        ("mets tom.minou69 dans la recherche insta", "tom.minou69"),
        ("rajoute moi jojo33 snap", "jojo33"),
        ("follow its.theo9 c'est ma soeur", "its.theo9"),
        ("twitch.tv : nat02", "nat02"),
        ("dm moi @ely-fit73", "@ely-fit73"),
        ("c quoi ton insta ? MoustacheOfLouis", "MoustacheOfLouis"),
    ],
    "email": [
        ("thomas-benali à laposte.net", "thomas-benali à laposte.net"),
        ("écris moi à leamartin à outlook.com", "leamartin à outlook.com"),
        ("mail : fatou.sow*at*laposte.net", "fatou.sow*at*laposte.net"),
        ("c'est manon.roux a commercial sfr point fr", "manon.roux a commercial sfr point fr"),
        ("tkt tom-nounours *at* proximus point be", "tom-nounours *at* proximus point be"),
    ],
    "téléphone": [
        ("ok@237634064553", "@237634064553"),
        ("sms au 819/204-6792svp", "819/204-6792"),
        ("mon num c 032'079'04'14", "032'079'04'14"),
        ("si jamais ya un souci 06 49 98 99 57 h24", "06 49 98 99 57"),
        ("ton cousin 225 01 15 27 85 46", "225 01 15 27 85 46"),
        ("résa resto 032 238 28 19 pour 4", "032 238 28 19"),
        ("dispo au 04/292 32 12 jusqu'à 20h", "04/292 32 12"),
        ("mon numéro pro : 07\n42\n89\n31\n04", "07\n42\n89\n31\n04"),
    ],
    "carte": [("la cb de papa c 4970\n1000\n0000\n0154", "4970\n1000\n0000\n0154")],
    "plaque": [
        ("4682 lj 37", "4682 lj 37"),
        ("il s'est fait flasher, 4682-lj-37", "4682-lj-37"),
        ("kf186rp c'est la nouvelle", "kf186rp"),
        ("la voiture c'est 8505 ne 75", "8505 ne 75"),
    ],
    "document": [
        ("NEPH 49XN72999", "49XN72999"),
        ("ma carte d'identité n°4lgrt4zxh", "4lgrt4zxh"),
        ("carte de résident LP6886783", "LP6886783"),
        ("num passeport 18 ab 34567", "18 ab 34567"),
        ("ma cni c'est xlnmk1nyf", "xlnmk1nyf"),
    ],
    "naissance": [
        ("la petite est née hier soir (04/04/2019)", "04/04/2019"),
        ("mon frère est né un dimanche, le 21 avril 1991", "21 avril 1991"),
        ("nés tous les deux le 17-06-68 😂", "17-06-68"),
        ("naissances : léa 15|05|1963", "15|05|1963"),
        ("née le 7septembre1970", "7septembre1970"),
        ("date de naissance: 5 juillet\n1964", "5 juillet\n1964"),
        ("née le 27 du 06 2014", "27 du 06 2014"),
        ("né le 3-mar-1975 à Lyon", "3-mar-1975"),
        ("néele10déc1965àTours", "10déc1965"),
        ("née en mars 1991 à Brest", "mars 1991"),
        ("je suis né fin juillet 77", "juillet 77"),
        ("né le premier avril 1979", "premier avril 1979"),
        ("ils sont nés le 30/10", "30/10"),
        ("née un 29 février", "29 février"),
        ("mes filles sont nées les 30/10/2010 et 12/12/2012", "12/12/2012"),
        ("tu es né quand ? le 6 avril 82", "6 avril 82"),
        ("j'ai vu le jour le 6 avril 1982", "6 avril 1982"),
        ("date of birth: 1982/04/06", "1982/04/06"),
        ("l'anniversaire:03/05/1990", "03/05/1990"),
    ],
    "ip": [
        ("tiens,78.21.142.170,dis moi", "78.21.142.170"),
        ("2a01:cb00:1:2:3:4:5:6:443", "2a01:cb00:1:2:3:4:5:6"),
    ],
    "gps": [
        ("tiens,48.8566,2.3522,ok", "48.8566,2.3522"),
        ("x=47.17688 y=6.64204 <- ca", "47.17688 y=6.64204"),
        ("euh 43.27321:3.58787", "43.27321:3.58787"),
    ],
    "lien": [
        ("https://wetransfer.com/downloads/GhqExLIlEPywMNEC !", "GhqExLIlEPywMNEC"),
        ("twitch.tv/mathis.poulet", "mathis.poulet"),
        ("https://gofile.io/d/g3HGKVMS0Z", "g3HGKVMS0Z"),
    ],
}
LEFT_ALONE = [
    "les numeros sont 40 46 40 1 39",
    "les numeros sont 46 47 39 33 27",
    "59 60 61 62 63",
    "12:34:56:78",
    "jai recu 15 mail de paul",
    "2 côtes de porc",
    "ligne 13 place de Clichy",
    "c'est bizarre le mdp",
    "je ne viens pas le 12/03/2024",
    "il est né en mars 1850",
    "les habitants de 2024 Paris",
    "bébé est née avec 3.25 kg",
    "la naissance du projet en mars 2020",
    "on ne part pas le 30/10",
    "la vie de 12540 personne",
    "250 gr 12",
    "record 44780 battu",
    "l'imprimante 3D est à 250 euros, 12 cours de maths",
    "on était 15000 à Paris",
    "le wifi est en 5ghz",
    "netflix s02e05 ce soir",
    "il y a 12500 messages en attente",
    "sur insta y a que des pubs pour l'iPhone",
    "sur insta et WhatsApp c'est mort",
    "je vais a orange.fr jamais",
    "rendez-vous 12 personnes",
]


@pytest.mark.parametrize(
    ("kind", "text", "secret"), [(kind, *pair) for kind, pairs in MISSED.items() for pair in pairs]
)
def test_nothing_is_left_of_what_is_said_otherwise(kind, text, secret):
    start = text.rindex(secret)
    assert [f.kind for f in find(text) if f.start <= start and f.end >= start + len(secret)] == [kind]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_looks_like_it_is_left_alone(text):
    assert find(text) == []


def test_extra_spaces_move_nothing():
    text = "mon  num   :  06  12  34  56  78   ok"
    (found,) = find(text)
    assert text[found.start : found.end] == "06  12  34  56  78"
