"""Words that look like somebody in an export and are nobody: small letters, no accents."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Written by a contact's name in an address book, and no name of theirs.
NOT_NAMES = _set(
    """
    maman papa mamie mamy mami papi papy tata tatie tonton maitre dr docteur mr mme monsieur madame mlle
    mon ma mes le la les de du des et ou moi vous toi boulot taf travail bureau maison famille groupe
    proprio coiffeur coiffeuse medecin dentiste plombier garage ecole lycee college fac sport foot danse
    coloc voisin voisine amour coeur bebe cheri cherie chouchou doudou loulou ange princesse prince soeur
    frere frerot cousin cousine oncle tante parrain marraine belle beau mere pere fils fille ami amie pote
    copain copine info infos sav service client orange free sfr bouygues poste banque assurance auto resto
    bar pro perso new nouveau ancien numero tel portable mobile fixe mail user utilisateur compte inconnu
    deleted account supprime membre admin bot whatsapp telegram messenger facebook instagram meta
    assistant chatgpt system systeme paris lyon lille nantes rennes bordeaux marseille toulouse brest nice
    strasbourg france the and of for with not you me my chat chien chaton lapin super soleil lune etoile
    roi reine boss team club asso association mairie pizza pizzeria taxi chauffeur vtc hotel airbnb appart
    agence immo immobilier notaire avocat banquier comptable kine osteo psy veto veterinaire pharmacie
    opticien orthophoniste dermato gyneco pediatre ophtalmo infirmiere nounou creche baby sitter nourrice
    instit maths anglais piano guitare tennis yoga judo rugby basket gym salle coach bio marche livreur
    livraison colis ups dhl fedex chronopost ameli caf impots edf urgence urgences samu police pompiers
    gendarmerie hotline support assistance sos secours covoit covoiturage blabla leboncoin vinted acheteur
    vendeur location locataire gite camping vacances noel anniv anniversaire mariage evjf evg voisins
    parents enfants gardien concierge syndic electricien peintre menuisier serrurier chauffagiste
    jardinier traiteur boulangerie boucherie coiffure esthetique ongles tattoo tatoueur moto velo
    garagiste controle technique vie ville centre gare plage mer montagne news official channel group page
    shop store boutique web site http www com org net ca va non oui salut hello bonjour love girl boy king
    queen princess dark black white red blue big little mini game gamer gaming pseudo anonyme anonymous
    quelqu un voila merci bisous
    """
)
# Surnames that are words too: such a word alone, in small letters, is nobody.
WORD_SURNAMES = _set(
    """
    petit grand blanc noir roux brun gros bon bonnet boulanger boucher berger marchand mercier chevalier
    roy roi duc comte page moulin bois fontaine riviere montagne foret maire charpentier barbier breton
    normand poulain renard loup masson macon collet colin carre rose fleury leclair olive long court fort
    franc gentil joly jolie vieux jeune lejeune sauvage meunier tailleur pasteur prieur moine pelletier
    potier gauthier lamour amour bonhomme bonhomie bonneau chauvin chauve cochon corbeau coq cousin
    couturier fevrier janvier mai juin avril jourdain lundi mardi picard pinson pain pommier poirier
    prevot prince rivage salle savary serrurier soleil souris tonnelier vacher vallee verdier vidal vigne
    voisin bouvier cordier faure favre fabre lambert lemaire lemoine leroy leblanc legrand lenoir
    rossignol rousseau
    """
)
# Capitalised, and called or met like people: places, brands, festivals. « chez Carrefour »
NOT_PEOPLE = _set(
    """
    paris lyon marseille lille nantes rennes bordeaux toulouse nice montpellier strasbourg brest grenoble
    dijon angers tours reims rouen metz nancy caen orleans quimper vannes lorient perpignan bayonne
    biarritz toulon avignon annecy chambery geneve bruxelles londres berlin madrid barcelone rome milan
    lisbonne porto alger tunis casablanca rabat dakar abidjan bamako istanbul tokyo france espagne italie
    portugal maroc algerie tunisie belgique suisse allemagne angleterre bretagne normandie corse alsace
    europe afrique asie amerique netflix youtube google facebook insta instagram whatsapp telegram
    snapchat snap twitter tiktok discord spotify deezer amazon uber deliveroo carrefour leclerc lidl aldi
    auchan ikea decathlon fnac darty casto leroy zara primark macdo mcdo kfc quick starbucks sncf ratp tgv
    ter rer caf cpam edf sfr orange free bouygues airbnb booking blablacar leboncoin vinted apple iphone
    samsung sony nintendo switch playstation xbox disney marvel noel paques halloween pentecote ramadan
    aid toussaint lundi mardi mercredi jeudi vendredi samedi dimanche janvier fevrier mars avril mai juin
    juillet aout septembre octobre novembre decembre dieu allah jesus internet covid bac word excel
    powerpoint zoom teams outlook gmail francais francaise anglais anglaise allemand espagnol italien
    arabe breton basque parisien psg om ol asse seine loire rhone garonne maman papa mamie papy papi tata
    tonton monsieur madame mme mlle docteur bonjour salut coucou merci oui non ok mais bon alors donc
    voila super bien bonne joyeux je tu il elle on nous vous ils elles le la les un une des ce cette ca
    cela moi toi lui mon ma mes ton ta tes son sa ses et ou si quand comment pourquoi avec pour dans sur
    qui que quoi est pas plus tout tous y en ah oh eh bah ben euh hein mdr lol ptdr haha stp svp demain
    hier aujourd bisous bises allez tres trop
    """
)
