"""Towns whose names are believed beside a postcode without any other sign: the largest ones."""

from sosie.prepare.pii.base import words_of

FRANCE = words_of(
    "paris marseille lyon toulouse nice nantes montpellier strasbourg bordeaux lille rennes reims "
    "toulon grenoble dijon angers nimes villeurbanne aix clermont-ferrand brest tours amiens limoges "
    "annecy perpignan boulogne-billancourt metz besancon orleans rouen mulhouse montreuil caen nancy "
    "argenteuil tourcoing roubaix nanterre vitry avignon creteil poitiers dunkerque aubervilliers "
    "versailles asnieres courbevoie colombes rueil-malmaison pau aulnay fort-de-france cannes antibes "
    "beziers calais colmar drancy merignac ajaccio bourges valence quimper pessac troyes cergy "
    "villejuif antony niort chambery lorient sarcelles cholet beauvais montauban laval vannes "
    "charleville evreux hyeres arles cayenne bayonne epinay belfort brive albi sete vincennes chartres "
    "chalon angouleme carcassonne dieppe tarbes ales bourg-en-bresse compiegne arras agen chateauroux "
    "macon auxerre roanne martigues salon istres thionville nevers mamoudzou pontoise gap rodez auch "
    "cahors foix digne privas mende aurillac tulle gueret moulins epinal lens douai valenciennes "
    "cambrai maubeuge saint-denis saint-etienne saint-nazaire saint-brieuc saint-malo saint-quentin "
    "saint-pierre saint-paul saint-ouen saint-maur le-havre le-mans la-rochelle la-roche-sur-yon issy "
    "levallois neuilly clichy ivry pantin bobigny noisy meaux melun evry massy palaiseau bastia "
    "biarritz anglet dax perigueux bergerac vichy montlucon blois saumur fougeres vitre redon lannion "
    "morlaix concarneau cherbourg alencon lisieux saintes royan cognac libourne arcachon narbonne "
    "frejus draguignan grasse menton manosque orange carpentras vienne bourgoin voiron thonon annemasse "
    "cluses vesoul dole lure montbeliard haguenau selestat saverne forbach verdun"
)
ABROAD = words_of(
    "bruxelles liege namur charleroi mons tournai anvers gand bruges louvain louvain-la-neuve ixelles "
    "uccle schaerbeek anderlecht etterbeek wavre nivelles arlon verviers seraing mouscron la-louviere "
    "huy dinant waterloo ottignies molenbeek saint-gilles forest jette evere woluwe-saint-lambert "
    "woluwe-saint-pierre auderghem bastogne marche-en-famenne geneve lausanne fribourg neuchatel sion "
    "berne zurich bale bienne yverdon montreux vevey nyon morges delemont la-chaux-de-fonds martigny "
    "sierre carouge vernier lancy meyrin onex renens pully gland bulle monthey aigle luxembourg "
    "esch-sur-alzette lugano lucerne winterthur"
)
