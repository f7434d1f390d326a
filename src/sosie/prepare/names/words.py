"""The words that show whether « rose » is a flower or somebody: small letters, no accents.

Written by hand for texting French; a word that is in none of these sets says nothing.
"""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# « la rose », « ma pierre »: a common noun follows. « l' » and « d' » are cut at the apostrophe.
DETERMINERS = _set(
    """
    le la les l un une des du au aux ce cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos
    leur leurs quel quelle quels quelles chaque plusieurs quelques aucun aucune certaines certains deux
    trois quatre cinq six sept huit dix autre autres meme premiere premier derniere dernier belle beau
    nouvelle nouveau vieille vieux jolie joli grosse gros grande grand toute tout tous toutes qqs
    """
)
MASCULINE = _set("le un mon ton son ce du au cet")  # « mon pierre » is no stone
# « très claire », « plus constant »: an adjective follows.
DEGREES = _set(
    """
    tres trop plus si bien assez super hyper vraiment pas moins tellement grave carrement presque mega
    """
)
COPULAS = _set(
    """
    est suis es etait etais sera sont etaient soit sois etre serait semble reste parait
    """
)
ADJECTIVES = _set(
    """
    rose claire blanche juste constant constante parfait parfaite modeste innocent innocente aime aimee
    desire desiree douce brune clement clemente prudent celeste angelique placide fidele marin urbain
    romain roman candide honore fortune mauve gentil gentille honoree exauce azur florissant pacifique
    """
)
# « en marine », « bleu marine », « au pierre »: never a person
BEFORE_THINGS = _set(
    """
    en bleu bleue bleus bleues vert vin couleur teinte eau joyeux joyeuse pere parfum arome gout pile
    gilet yeux soutien
    """
)
# « mur de pierre », « eau de rose »: a stuff or a plant
STUFF_BEFORE_DE = _set(
    """
    banc bancs tailleurs
    mur murs coeur tas bloc blocs jus huile fleur fleurs eau confiture tarte noyau collier bague bijou
    bijoux bouquet gout couleur parfum arbre pont escalier sol jet jets lancer carriere champ champs bois
    sirop feuille feuilles pot pots vase petale petales bouton boutons tailleur coup coups cri cris chant
    signe soif air lendemain vacances reveillon repas cadeaux cadeau sapin marche periode fetes statue age
    ile iles mois debut fin sens exces manque peu beaucoup plein tache taches ange bord officier
    """
)
# « la soeur de rose », « le num de pierre »
RELATIONS = _set(
    """
    depend depends amoureux amoureuse parle parles parlait parler jaloux jalouse fier fiere peur compagnie
    soeur frere mere pere parents copain copine mec meuf mari femme fils fille pote amie ami cousin
    cousine anniv anniversaire annif fete maison appart appartement voiture caisse numero num tel
    telephone message messages msg mot nouvelles news part cote photo photos adresse maman papa mamie papi
    papy tonton tata oncle tante avis faute chambre chien chat boite boulot chef patron voisin
    voisine coloc prof mariage enterrement crema bebe anniversaires profil compte story sac cles veste
    pull place ex bande histoire relou reponse appel vocal mail invitation rdv soiree cremaillere
    pendaison arrivee depart tour reve gosse gosses enfants truc affaires cours fan pres loin besoin peur
    marre souviens souvenir souvient souvenais virement bras
    """
)
GREETINGS = _set(
    """
    salut slt coucou cc cou kikou hello hey he hep eh bonjour bjr bonsoir bsr yo wesh allo bisous bisou
    bise bises bsx biz bizoux kiss merci mci thanks thx bravo felicitations felicitation gg anniversaire
    anniv adieu ciao tchao bye pardon desole desolee courage bienvenue cher chere chers salutations
    bravooo coucouu cherie cheri sorry mdrr oh ohe ah tkt
    """
)
AFTER_GREETING = _set("fete nuit journee soiree annif annee chance")  # « bonne nuit rose »
# A person comes before these: « maman », « mon pote pierre »
TITLES = _set(
    """
    mme madame mr monsieur mlle mademoiselle dr docteur tonton tata tatie mamie mamy papi papy oncle tante
    cousin cousine pote copain copine frere frerot soeur frangin frangine fils fille collegue coloc voisin
    voisine ami amie maitre maitresse prof bebe petit petite ptit ptite prenomme prenommee nomme nommee
    surnomme surnommee prenom appelle appeler appelee appelait appellent presente jeune baby patron
    patronne chef camarade mec meuf gars nommer pauvre capitaine
    """
)
SAY = _set(
    """
    dites
    grace
    dis dit dire demande demander demandes parle parler parles parlait ecris ecrire ecrit envoie envoyer
    envoye envoies telephone reponds repondre repondu repond rends rendre rendu prete preter donne donner
    donnes file filer passe passer offre offrir offert montre montrer explique expliquer raconte raconter
    souhaite souhaiter dirai diras dira propose proposer manque pense penser penses penserai laisse
    laisser apporte apporter achete dois doit faut plait ressemble fais confiance annonce appartient
    rappelle rapporte rapporter cles pull refile sonne demanderai demandera parlera parlerai fait bisous
    bonjour coucou bises plein grave bcp
    """
)
SEE = _set(
    """
    engueule engueuler gronde gronder vexe vexer console consoler imagine largue quitte
    comprends comprend choisi choisis choisir
    vu vois voir croise croiser rencontre rencontrer connais connait connu connaitre appelle appeler
    appelles invite inviter invites attends attend attendre attendu previens prevenir prevenu ramene
    ramener embrasse embrasser aime adore deteste rejoins rejoint rejoindre retrouve retrouver croit
    preferes prefere kiffe recupere recuperer emmene emmener aide aider remercie remercier reconnais
    suivre ecoute ecouter invitons reveille salue laisse cherche chercher trouve contacte contacter
    entends entendu demande previendra bloque bloquer texto appellerai appellera rappelle rappeler voit
    ramenez embete taquine manque verra verrai garde garder epouse felicite
    """
)
WITH = _set("chez avec sans contre selon envers")  # strong before a bare word
FOR = _set(
    """
    pour par comme entre vers que qu sauf sur derriere devant et ou ni voila revoila hein mais donc
    """
)
# The subject of one of these is somebody, or something with a determiner: « rose arrive »
VERBS = _set(
    """
    a est va vient arrive dit veut peut doit sera etait avait fait prend passe part reste sait croit pense
    mange dort bosse travaille rentre sort pleure rigole aime adore deteste kiffe connait appelle rappelle
    repond ecrit parle demande attend cherche trouve donne met achete habite reve joue chante danse court
    lit regarde ecoute raconte propose prefere refuse accepte oublie perd gagne finit commence revient
    revenait repart debarque flippe stresse galere boude abuse exagere ment gueule crie rit rigolait
    viendra ira fera pourra voudra devra aura saura prendra dira arrivera passera rentrera partira voulait
    pouvait devait disait faisait allait venait savait prenait voudrait pourrait serait aurait devrait
    ferait dirait irait viendrait m t me te se s nous vous lui leur y n ne en l la le les avais etais
    amene ramene apporte invite organise prepare cuisine vit tombe dormait bossait mangeait compte fume
    boit conduit gere aussi sauve vomit ronfle repete insiste tient suit sonne recommence descend monte
    rejoint retrouve embrasse manque comprend saoule soule souhaite suffit espere hesite kiffait vend loue
    demenage divorce accouche boite hallucine assure rame plane delire fete garde offre paie paye
    rembourse prete rend laisse envoie valide vas peux veux dois fais viens
    """
)
CLAUSE_STARTS = _set(
    """
    ptn putain attends
    donc ptdr non oui
    et que qu si quand mais car puis ou donc parce lorsque comme pourquoi alors du coup sinon sauf puisque
    depuis tandis bref genre enfin meme apres apparemment normalement hier demain aujourd hui ce matin
    soir la comment ouais oui non ok euh bah ben mdr ptdr lol haha tkt jcrois crois pense parait sais
    """
)
# « tu fais quoi rose », « t'es où pierre »: who is spoken to
BEFORE_CALLED = _set(
    """
    quoi ou toi moi ca va la stp svp hein mdr ptdr lol merci non oui ouais ok oki okay dac bien demain
    soir matin midi bientot tard vite alors bref tkt faire dire viens arrive arrives fais dis sais vas
    bisous bises nuit jour aussi encore deja plus jamais rien tt tout monde jtm aime manques manque voila
    si nan bah hey allez go allo trop grave haha ahah hahaha stop chut quand comment pourquoi nickel
    parfait super top genial cool dispo faim chaud
    """
)
INTERJECTIONS = _set("non oui ok ouais nan allez mdr ptdr lol hey bah stp dis eh")
AFTER_DE = _set("fois part lycee college fac boulot taf travail bureau club sport foot")  # « rose du lycée »
PRONOUNS_AFTER = _set("elle il elles ils lui moi toi tu t c j qui aussi non")  # « rose elle abuse »
REFLEXIVES = _set("me se te m s t nous vous on il elle je tu")  # « il se marie »
# « rue Victor Hugo », « lycée Jean Moulin »
PLACES_BEFORE = _set(
    """
    maison rue rues avenue av place pl bd bld boulevard allee allees lycee college ecole gare metro station
    hopital stade parc square pont saint st sainte ste quai cite residence theatre salle port cap mont ile
    fac faculte universite amphi clinique cimetiere jardin mediatheque bibliotheque gymnase arret impasse
    chemin lac villa tram arene aeroport musee fondation san santa sao chateau
    """
)
BETWEEN = _set("la du des l")  # « place de la Victoire »
STREETS = _set("rue avenue boulevard bd bld saint sainte st ste san santa")  # in small letters too
CIVILITIES = _set("madame mme monsieur mr mlle mademoiselle docteur dr maitre")  # « Mme Le Goff »
DOCTORS = _set("docteur dr")  # « le docteur dupont », but « un monsieur »
# « Malo Le Goff », « Karim Ben Salah »
PARTICLES = _set("le la de du des ben el al van von da dos di mc mac ait ould bin den der d l")
# With its accent, the name is a word.
ACCENTED_WORDS = _set("marié dîna")
# Without its accent, the name is a word that everybody writes: « elle aime », « deux lois ».
# Written all the time: the name needs still more.
EVERYDAY = _set("juste ben aime come mai honore desire fortune")
# Always written with a capital, and places: « à Noël », « de France »
CAPITALISED = _set(
    "noel toussaint france lorraine florence nancy milan sydney lourdes israel chelsea asia eden"
)
VIRTUES = _set(
    "prudence constance clemence grace esperance felicite victoire gloire patience"
)  # « avec grâce »
FEMININE_THINGS = _set("pierre")
VERB_FORMS = _set("marie lise serge")  # « il se marie »
BARE_WORDS = _set(
    """
    aida aime aimee come desire desiree fortune honore lois exauce genie leger pelage marie beni
    """
)
# « ben oui », « eh ben »: no Ben
BEN_BEFORE = _set("eh ah oh he et ou mais bah")
BEN_AFTER = _set("oui non ouais si voila quoi c tu j je on ca y alors la nan merde dis ecoute")
# All of the above: none is a surname, nor what somebody is called.
FUNCTION_WORDS = frozenset().union(
    *(value for name, value in vars().copy().items() if name.isupper() and isinstance(value, frozenset))
)
