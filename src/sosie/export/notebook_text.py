"""The text cells of the notebooks, in French: the person reads them. notebook.py fills in each §NAME§."""

from sosie.export.notebook_cells import text_cell

COLAB_TITLE = text_cell("""
# Apprendre votre double sur Google Colab

Vous avez écrit ce carnet avec sosie, et **valise.zip** à côté. Menu **Exécution > Tout exécuter**, puis
choisissez la valise quand on vous la demande. §DUREE§

**Ce qui part, et chez qui** : la valise contient vos dialogues, et ceux qui vous ont écrit, tels que « sosie
prepare » les a laissés : numéros, adresses, mails et noms reconnus masqués ; **des noms peuvent y rester**.
En la déposant ici, vous les confiez à Google, le temps de cette session (et sur votre Drive si vous cochez la
case, jusqu'à ce que vous les y effaciez).§SCEAU§ Rien d'autre n'est envoyé ; §MODELE§.
""")

KAGGLE_TITLE = text_cell("""
# Apprendre votre double sur Kaggle

Vous avez écrit ce carnet avec sosie, et **valise.zip** à côté. Dans le panneau de droite : **Accelerator >
GPU T4 x2**, **Internet > On**, puis **Add Input > Upload > New Dataset** avec « valise.zip », **en privé**.
Ensuite **Run All**. §DUREE§

Si la carte ou Internet ne se laissent pas choisir : Kaggle les réserve aux comptes dont le **téléphone est
vérifié** (votre photo > **Settings > Phone Verification**).

**Ce qui part, et chez qui** : la valise contient vos dialogues, et ceux qui vous ont écrit, tels que « sosie
prepare » les a laissés : numéros, adresses, mails et noms reconnus masqués ; **des noms peuvent y rester**.
En la déposant ici, vous les confiez à Kaggle, donc à Google, jusqu'à ce que vous effaciez ce jeu de données
et ce carnet.§SCEAU§ Rien d'autre n'est envoyé ; §MODELE§.
""")

CARD = text_cell("## La carte graphique")

DRIVE = text_cell("""
## Garder le travail sur Drive

Colab coupe parfois. Avec la case cochée, la valise et les points de reprise vont dans le dossier « sosie »
de votre Drive : après une coupure, relancez tout, l'apprentissage reprend où il en était. Sans, tout
s'efface avec la session. Prévoyez 2 Go ; Drive met les anciens points de reprise à la corbeille, à vider
ensuite.§GARDER§
""")

TAKE = text_cell("## La valise")

INSTALL = text_cell("""
## L'installation

Le sosie qui s'installe est celui de votre valise, vérifié par son empreinte. PyTorch reste celui de la
machine : il n'y a rien à redémarrer. Si pip annonce des conflits avec d'autres paquets de la machine, ils ne
gênent pas sosie.
""")

OPEN = text_cell("## Ouvrir la valise, et voir ce qui va être fait")

TRAIN = text_cell("""
## L'apprentissage

Une cellule interrompue se relance : elle reprend au dernier point gardé.
""")

EVALUATE = text_cell("""
## La mesure

Vous ressemble-t-il, recopie-t-il ? Cela peut être long ; le double, lui, est fait. Le rapport est une page
que vous gardez. Les fuites ne se mesurent que chez vous : vos données privées ne sont pas dans la valise.
""")

BUNDLE = text_cell("## Emporter le double")

KAGGLE_BUNDLE = text_cell("""
## Emporter le double

Il est ensuite dans le panneau de droite, **Output** (⋮ > Download), et le rapport de la mesure aussi.
""")

CHAT = text_cell("""
## Lui parler ici

Un modèle de 7 milliards demande aussi une carte graphique pour discuter à son aise : essayez-le ici avant
d'éteindre. Chaque question recharge le modèle.
""")

ERASE = text_cell("""
## Effacer

Quand le double est chez vous, cochez la case et lancez : la valise, les dialogues et les points de reprise
s'effacent.
""")
