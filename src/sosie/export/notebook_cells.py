"""The code cells of the notebooks, in French: the person reads them. notebook_text.py has their text cells.

Cells are plain Python, without any line for the shell, so that tests run them as they are. They import only
the standard library and what the host brings: sosie runs in processes of its own, so that nothing has to be
restarted after an installation. notebook.py fills in each §NAME§.
"""

from typing import Literal, NamedTuple

Host = Literal["colab", "kaggle", "box"]  # box: any rented machine


class Cell(NamedTuple):
    kind: Literal["markdown", "code"]
    text: str


def text_cell(text: str) -> Cell:
    return Cell("markdown", text.strip())


def code_cell(text: str) -> Cell:
    return Cell("code", text.strip())


START = code_cell("""
import hashlib, io, os, shutil, subprocess, sys, zipfile
from getpass import getpass
from pathlib import Path

EMPREINTE = "§EMPREINTE§"  # de la valise faite avec ce carnet
NOM = "§NOM§"  # de l'entraînement : le même tant que les dialogues et les réglages sont les mêmes
CARTE_NECESSAIRE, SCELLEE = §BESOIN§, §SCELLEE§
DISQUE, MEMOIRE = §DISQUE§, §MEMOIRE§  # Go, libres : pour télécharger le modèle et l'ouvrir
""")

TOOLS = code_cell("""
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

CHECK = code_cell("""
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

CARD = code_cell("""
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
    trop = "récent" if sys.version_info[:2] > (3, 13) else "ancien"
    sien = f"Python {sys.version_info[0]}.{sys.version_info[1]} est trop {trop} : il faut 3.11, 3.12 ou 3.13."
    raise SystemExit(f"{sien} §PYTHON§")
""")

ROOM = code_cell("""
manque = []
libre = shutil.disk_usage(Path.cwd()).free / 1e9
if libre < DISQUE:
    manque.append(f"{DISQUE:.0f} Go de disque (il en reste {libre:.0f})")
if Path("/proc/meminfo").is_file():
    lignes = dict(ligne.split(":") for ligne in Path("/proc/meminfo").read_text().splitlines())
    libre = int(lignes["MemAvailable"].split()[0]) * 1024 / 1e9
    if libre < MEMOIRE:
        manque.append(f"{MEMOIRE:.0f} Go de mémoire (il en reste {libre:.0f})")
if manque:
    raise SystemExit("Pas assez de place : il faut " + " et ".join(manque) + ". §PLACE§")
print("Assez de disque et de mémoire pour ce modèle.")
""")

DRIVE = code_cell("""
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

TAKE = code_cell("""
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

KAGGLE_TAKE = code_cell("""
ICI, ENTREE = Path.cwd(), Path("../input").resolve()
GARDE = ICI / "garde"
GARDE.mkdir(exist_ok=True)
# Kaggle déplie les zip : un dossier convient aussi.
trouvees = [*ENTREE.rglob("valise.zip"), *(sommes.parent for sommes in ENTREE.rglob("SHA256SUMS"))]
VALISE = next(filter(bonne, trouvees), None)
if VALISE is None:
    raise SystemExit("La valise de ce carnet n'est pas là : Add Input > Upload > New Dataset, en privé.")
""")

BOX_TAKE = code_cell("""
ICI = Path.cwd()
GARDE, VALISE = ICI / "garde", ICI / "valise.zip"
GARDE.mkdir(exist_ok=True)
if not bonne(VALISE):
    raise SystemExit("Copiez ici « valise.zip », celle qui a été écrite avec ce fichier.")
""")

UNWRAP = code_cell("""
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

INSTALL = code_cell("""
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

OPEN = code_cell("""
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

TRAIN = code_cell("""
course = MOI / "runs" / NOM
if (course / "double" / "double.json").is_file():
    print("Déjà appris : passez à la suite.")
elif (course / "plan.json").is_file():
    faire("sosie", "train", "--resume", NOM, "--folder", MOI)
else:
    faire("sosie", "train", "--name", NOM, "--folder", MOI)
""")

EVALUATE = code_cell("""
faire("sosie", "evaluate", "--double", NOM, "--folder", MOI)
rapport = shutil.copy(course / "report.html", ICI / "rapport.html")
print("Le rapport :", rapport)
""")

BUNDLE = code_cell("""
faire("sosie", "export", "bundle", "--double", NOM, "--to", ICI, "--folder", MOI)
""")

DOWNLOAD = code_cell("""
from google.colab import files
files.download(str(ICI / f"sosie-{NOM}.zip"))
""")

DOWNLOAD_REPORT = code_cell("""
files.download(str(ICI / "rapport.html"))
""")

CHAT = code_cell("""
QUESTION = "Salut, tu fais quoi ce soir ?"  #@param {type:"string"}
faire("sosie", "chat", "--double", NOM, "--once", QUESTION, "--folder", MOI)
""")

ERASE = code_cell("""
EFFACER = False  #@param {type:"boolean"}
if EFFACER:
    for dossier in (MOI, GARDE):
        shutil.rmtree(dossier, ignore_errors=True)
    print("Effacé. Sur Drive, videz aussi la corbeille.")
""")
