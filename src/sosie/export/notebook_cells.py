"""What the notebooks say and do, cell by cell, in French: the person reads them.

Cells are plain Python: no line for the shell, so that tests run them as they are. They import nothing but the
standard library and what the host brings: sosie runs in processes of its own, so that nothing has to be
restarted after an installation. §NAME§ is what notebook.py fills in.
"""

from typing import Literal, NamedTuple

Host = Literal["colab", "kaggle", "box"]  # box: any rented machine


class Cell(NamedTuple):
    kind: Literal["markdown", "code"]
    text: str


def say(text: str) -> Cell:
    return Cell("markdown", text.strip())


def do(text: str) -> Cell:
    return Cell("code", text.strip())


START = do("""
import hashlib, io, os, shutil, subprocess, sys, zipfile
from getpass import getpass
from pathlib import Path

EMPREINTE = "§EMPREINTE§"  # de la valise faite avec ce carnet
NOM = "§NOM§"  # de l'entraînement : le même tant que les dialogues et les réglages sont les mêmes
CARTE_NECESSAIRE, SCELLEE = §BESOIN§, §SCELLEE§
""")

TOOLS = do("""
def faire(*mots, **secrets):
    "Lance une commande Python, montre ce qu'elle dit, et s'arrête si elle échoue."
    milieu = {**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "110", **secrets}
    commande = [sys.executable, "-m", *map(str, mots)]
    with subprocess.Popen(commande, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=milieu) as tache:
        tache.stdout = io.TextIOWrapper(tache.stdout, "utf-8", "replace", newline="")
        try:
            for morceau in tache.stdout:
                print(morceau, end="", flush=True)
        except KeyboardInterrupt:
            tache.terminate()
            raise
    if tache.returncode:
        raise SystemExit("Arrêté : la dernière phrase ci-dessus dit pourquoi, et quoi faire.")
""")

CHECK = do("""
def membre(valise, nom):
    "Un fichier de la valise, que ce soit un zip ou un dossier."
    if valise.is_dir():
        return (valise / nom).read_bytes()
    with zipfile.ZipFile(valise) as ouverte:
        return ouverte.read(nom)

def bonne(valise):
    "Est-ce la valise de ce carnet, arrivée entière ?"
    try:
        return hashlib.sha256(membre(valise, "SHA256SUMS")).hexdigest() == EMPREINTE
    except (OSError, KeyError, zipfile.BadZipFile):
        return False
""")

CARD = do("""
demande = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
try:
    lignes = subprocess.run(demande, capture_output=True, text=True, check=True).stdout.splitlines()
except (OSError, subprocess.CalledProcessError):
    lignes = []
for ligne in lignes:
    nom, memoire = ligne.rsplit(",", 1)
    print(f"Carte graphique : {nom}, {int(memoire) / 1024:.0f} Go.")
if CARTE_NECESSAIRE and not lignes:
    raise SystemExit("Pas de carte graphique. §MENU§")
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    raise SystemExit("Le Python de cette machine ne convient pas : il faut 3.11, 3.12 ou 3.13.")
""")

DRIVE = do("""
GARDER_SUR_DRIVE = False  #@param {type:"boolean"}
ICI = Path.cwd()
GARDE = ICI / "garde"
if GARDER_SUR_DRIVE:
    from google.colab import drive
    drive.mount(str(ICI / "drive"))
    GARDE = ICI / "drive" / "MyDrive" / "sosie"
GARDE.mkdir(parents=True, exist_ok=True)
print("Ce qui est appris est gardé dans", GARDE)
""")

TAKE = do("""
VALISE = next(filter(bonne, (ICI / "valise.zip", GARDE / "valise.zip")), ICI / "valise.zip")
if not bonne(VALISE):
    from google.colab import files
    VALISE.unlink(missing_ok=True)  # sinon Colab nommerait la nouvelle « valise (1).zip »
    print("Choisissez « valise.zip », que sosie a écrite à côté de ce carnet.")
    VALISE = ICI / next(iter(files.upload()), "valise.zip")
if not bonne(VALISE):
    raise SystemExit("Ce n'est pas la valise de ce carnet, ou elle est incomplète : relancez cette cellule.")
if VALISE.parent != GARDE:
    VALISE = Path(shutil.copy(VALISE, GARDE / "valise.zip"))
""")

KAGGLE_TAKE = do("""
ICI, ENTREE = Path.cwd(), Path("../input").resolve()
GARDE = ICI / "garde"
GARDE.mkdir(exist_ok=True)
# Kaggle déplie les zip : un dossier convient aussi.
trouvees = [*ENTREE.rglob("valise.zip"), *(sommes.parent for sommes in ENTREE.rglob("SHA256SUMS"))]
VALISE = next(filter(bonne, trouvees), None)
if VALISE is None:
    raise SystemExit("La valise de ce carnet n'est pas là : Add Input > Upload > New Dataset, en privé.")
""")

BOX_TAKE = do("""
ICI = Path.cwd()
GARDE, VALISE = ICI / "garde", ICI / "valise.zip"
GARDE.mkdir(exist_ok=True)
if not bonne(VALISE):
    raise SystemExit("Copiez ici « valise.zip », celle qui a été écrite avec ce fichier.")
""")

UNWRAP = do("""
OUTILS = ICI / "outils"
shutil.rmtree(OUTILS, ignore_errors=True)
OUTILS.mkdir()
for ligne in membre(VALISE, "SHA256SUMS").decode().splitlines():
    somme, nom = ligne.split("  ")
    if nom.endswith(".whl") or nom == "contraintes.txt":
        contenu = membre(VALISE, nom)
        if hashlib.sha256(contenu).hexdigest() != somme:
            raise SystemExit("La valise est arrivée abîmée : déposez-la de nouveau.")
        (OUTILS / Path(nom).name).write_bytes(contenu)
ROUE = next(OUTILS.glob("sosie-*.whl"))
""")

INSTALL = do("""
from importlib.metadata import distributions

DEJA_LA = ("torch", "nvidia", "triton", "cuda")  # restent tels que cette machine les a
noms = {d.metadata["Name"]: d.version for d in distributions()}
trouve = [f"{nom}=={v}" for nom, v in sorted(noms.items()) if nom and nom.lower().startswith(DEJA_LA)]
(OUTILS / "trouve.txt").write_text("\\n".join(trouve), encoding="utf-8")
print("Gardés tels quels :", ", ".join(trouve) or "rien")
faire("pip", "install", "-q", "--disable-pip-version-check", "-c", OUTILS / "trouve.txt",
      "-c", OUTILS / "contraintes.txt", f"{ROUE}[§EXTRAS§]")
# Le sosie de cette valise, même si un autre de même version était là.
faire("pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--force-reinstall", ROUE)
""")

OPEN = do("""
MOI = ICI / "moi"
MOI.mkdir(exist_ok=True)
(GARDE / "runs").mkdir(exist_ok=True)
if not (MOI / "runs").exists():
    (MOI / "runs").symlink_to(GARDE / "runs")
secrets = {}
if SCELLEE:
    secrets["SOSIE_PASSPHRASE"] = getpass("Phrase secrète de la valise : ")
faire("sosie", "unpack", VALISE, "--folder", MOI, **secrets)
faire("sosie", "plan", "--folder", MOI)
""")

TRAIN = do("""
course = MOI / "runs" / NOM
if (course / "double" / "double.json").is_file():
    print("Déjà appris : passez à la suite.")
elif (course / "plan.json").is_file():
    faire("sosie", "train", "--resume", NOM, "--folder", MOI)
else:
    faire("sosie", "train", "--name", NOM, "--folder", MOI)
""")

EVALUATE = do("""
faire("sosie", "evaluate", "--double", NOM, "--folder", MOI)
rapport = shutil.copy(course / "report.html", ICI / "rapport.html")
print("Le rapport :", rapport)
""")

BUNDLE = do("""
faire("sosie", "export", "bundle", "--double", NOM, "--to", ICI, "--folder", MOI)
""")

DOWNLOAD = do("""
from google.colab import files
files.download(str(ICI / f"sosie-{NOM}.zip"))
""")
DOWNLOAD_REPORT = do("""
files.download(str(ICI / "rapport.html"))
""")

CHAT = do("""
QUESTION = "Salut, tu fais quoi ce soir ?"  #@param {type:"string"}
faire("sosie", "chat", "--double", NOM, "--once", QUESTION, "--folder", MOI)
""")

ERASE = do("""
EFFACER = False  #@param {type:"boolean"}
if EFFACER:
    for dossier in (MOI, GARDE):
        shutil.rmtree(dossier, ignore_errors=True)
    print("Effacé. Sur Drive, videz aussi la corbeille.")
""")

COLAB_TITLE = say("""
# Apprendre votre double sur Google Colab

Vous avez écrit ce carnet avec sosie, et **valise.zip** à côté. Menu **Exécution > Tout exécuter**, puis
choisissez la valise quand on vous la demande. §DUREE§

**Ce qui part, et chez qui** : la valise contient vos dialogues, et ceux qui vous ont écrit, tels que « sosie
prepare » les a laissés : numéros, adresses et mails masqués, **prénoms non**. En la déposant ici, vous les
confiez à Google, le temps de cette session (et sur votre Drive si vous cochez la case, jusqu'à ce que vous
les y effaciez).§SCEAU§ Rien d'autre n'est envoyé ; §MODELE§.
""")

KAGGLE_TITLE = say("""
# Apprendre votre double sur Kaggle

Vous avez écrit ce carnet avec sosie, et **valise.zip** à côté. Dans le panneau de droite : **Accelerator >
GPU T4 x2**, **Internet > On**, puis **Add Input > Upload > New Dataset** avec « valise.zip », **en privé**.
Ensuite **Run All**. §DUREE§

**Ce qui part, et chez qui** : la valise contient vos dialogues, et ceux qui vous ont écrit, tels que « sosie
prepare » les a laissés : numéros, adresses et mails masqués, **prénoms non**. En la déposant ici, vous les
confiez à Kaggle, donc à Google, jusqu'à ce que vous effaciez ce jeu de données et ce carnet.§SCEAU§ Rien
d'autre n'est envoyé ; §MODELE§.
""")

S_CARD = say("## La carte graphique")
S_DRIVE = say("""
## Garder le travail sur Drive

Colab coupe parfois. Avec la case cochée, la valise et les points de reprise vont dans le dossier « sosie »
de votre Drive : après une coupure, relancez tout, l'apprentissage reprend où il en était. Sans, tout
s'efface avec la session. Prévoyez 2 Go ; Drive met les anciens points de reprise à la corbeille, à vider
ensuite.
""")
S_TAKE = say("## La valise")
S_INSTALL = say("""
## L'installation

Le sosie qui s'installe est celui de votre valise, vérifié par son empreinte. PyTorch reste celui de la
machine : il n'y a rien à redémarrer. Si pip annonce des conflits avec d'autres paquets de la machine, ils ne
gênent pas sosie.
""")
S_OPEN = say("## Ouvrir la valise, et voir ce qui va être fait")
S_TRAIN = say("""
## L'apprentissage

Une cellule interrompue se relance : elle reprend au dernier point gardé.
""")
S_EVALUATE = say("""
## La mesure

Vous ressemble-t-il, recopie-t-il ? Cela peut être long ; le double, lui, est fait. Le rapport est une page
que vous gardez. Les fuites ne se mesurent que chez vous : vos données privées ne sont pas dans la valise.
""")
S_BUNDLE = say("## Emporter le double")
S_KAGGLE_BUNDLE = say("""
## Emporter le double

Il est ensuite dans le panneau de droite, **Output** (⋮ > Download), et le rapport de la mesure aussi.
""")
S_CHAT = say("""
## Lui parler ici

Un modèle de 7 milliards demande aussi une carte graphique pour discuter à son aise : essayez-le ici avant
d'éteindre. Chaque question recharge le modèle.
""")
S_ERASE = say("""
## Effacer

Quand le double est chez vous, cochez la case et lancez : la valise, les dialogues et les points de reprise
s'effacent.
""")

BEFORE = (START, TOOLS, CARD, CHECK)
COLAB = (
    *(COLAB_TITLE, S_CARD, *BEFORE, S_DRIVE, DRIVE, S_TAKE, TAKE, S_INSTALL, UNWRAP, INSTALL, S_OPEN, OPEN),
    *(S_TRAIN, TRAIN, S_BUNDLE, BUNDLE, DOWNLOAD, S_EVALUATE, EVALUATE, DOWNLOAD_REPORT, S_CHAT, CHAT),
    *(S_ERASE, ERASE),
)
KAGGLE = (
    *(KAGGLE_TITLE, S_CARD, *BEFORE, S_TAKE, KAGGLE_TAKE, S_INSTALL, UNWRAP, INSTALL, S_OPEN, OPEN),
    *(S_TRAIN, TRAIN, S_KAGGLE_BUNDLE, BUNDLE, S_EVALUATE, EVALUATE, S_CHAT, CHAT),
)
BOX = (*BEFORE, BOX_TAKE, UNWRAP, INSTALL, OPEN, TRAIN, BUNDLE, EVALUATE)
CELLS: dict[Host, tuple[Cell, ...]] = {"colab": COLAB, "kaggle": KAGGLE, "box": BOX}
