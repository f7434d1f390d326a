"""Somebody is forgotten: no byte is left but the certificate, and a kill at any moment is mended."""

import json
import os
import random
import re
import shutil
import signal
import unicodedata
import zipfile
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest

from sosie import Project
from sosie.arena.votes import Vote, Votes
from sosie.core.dialogue import Turn
from sosie.core.errors import BadSettings, NothingToDo, UnknownPerson
from sosie.core.jsonl import own_dialogues
from sosie.core.workspace import write_json
from sosie.forget.certificate import is_genuine
from sosie.importing import store
from sosie.messengers.drafts import Drafts
from sosie.prepare.consent import HIDDEN
from sosie.prepare.restore import restore_turns
from sosie.prepare.vault import Vault
from sosie.train import run_folder

DAYS = 30
PARTS = ("train", "valid", "test")
SAID = "d'accord {}"
HIS = ("rendezvous{}", "ragot{}", "télépaul{}")  # words of his messages, that nobody else writes


WORDS = """
demain gare pluie café train soirée voiture maison jardin école marché pain fromage lettre photo musique film
plage montagne vélo chien chat sœur frère cousin travail bureau réunion dossier vacances hiver été printemps
automne matin midi soir nuit samedi dimanche lundi cuisine salon fenêtre porte clé table chaise lampe livre
"""


def words(*seed):
    """Six words of their own, so that no two days are near-copies."""
    return " ".join(random.Random(repr(seed)).sample(WORDS.split(), 6))


def day(n, clock):
    return f"{n % 28 + 1:02}/{n // 28 + 1:02}/2025 {clock}"


def whatsapp(folder, name, *talk):
    path = folder / f"Discussion WhatsApp avec {name}.txt"
    lines = [
        f"{day(n, f'10:{m:02}')} - {line.format(n)} {words(n, m)}"
        for n in range(DAYS)
        for m, line in enumerate(talk)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def telegram(folder):
    messages = [
        {
            "id": 2 * n + mine,
            "type": "message",
            "date": f"2025-03-{n % 28 + 1:02}T10:0{mine}:00",
            "date_unixtime": str(1740823200 + n * 86400 + mine * 60),
            "from": ("Paul Émile", "Léa")[mine],
            "from_id": ("user77", "user1")[mine],
            "text": f"{(HIS[2], SAID)[mine].format(n)} {words(n, mine)}",
        }
        for n in range(DAYS)
        for mine in (0, 1)
    ]
    path = folder / "result.json"
    chat = {"name": "Paul Émile", "type": "personal_chat", "id": 77, "messages": messages}
    path.write_text(json.dumps(chat), encoding="utf-8")  # its accents as \\u escapes
    return path


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """A folder in which Paul Émile is everywhere."""
    folder = tmp_path_factory.mktemp("forget")
    pair = whatsapp(folder, "Paul Émile", f"Paul Émile: {HIS[0]} ?", "Léa: oui pour le {}")
    malo = whatsapp(
        folder, "Malo", "Malo: tu as vu PAUL emile {} ?", "Léa: non, pas paul {}", "Malo: {} ok", "Léa: {} hm"
    )
    crowd = whatsapp(
        folder,
        "Les voisins",
        f"Paul Émile: {HIS[1]}",
        "Inès: dis-le à @Paul_Émile {}",
        "Léa: je sais pas {}",
        "Malo: ok {}",
        "Léa: bon {}",
    )
    zipped = folder / "Les voisins.zip"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as inside:
        inside.write(crowd, crowd.name)
        inside.writestr("Paul Émile.vcf", "BEGIN:VCARD\nFN:Paul Émile\nEND:VCARD\n")
    project = Project(folder / "moi")
    project.import_([pair, malo], me=["Léa"])
    project.import_([zipped])
    project.import_([telegram(folder)])
    return project, [pair, malo, zipped, folder / "result.json"]


@pytest.fixture
def project(imported, tmp_path):
    """A copy of it, prepared, reviewed, played with, trained and packed."""
    shutil.copytree(imported[0].workspace.folder, tmp_path / "moi")
    project = Project(tmp_path / "moi")
    project.prepare(max_turns=10)
    workspace = project.workspace
    review = project.review()
    crowd = [row for row in review.rows() if row.piece.dialogue.origin.group]
    review.edit(crowd[0].id, 0, "ragot, corrigé : Paul Émile y était")
    review.edit(next(row.id for row in review.rows() if not row.piece.dialogue.origin.group), 1, "oui paul")
    review.decide("drop", [crowd[1].id])
    review.apply()
    with Votes(workspace.arena) as votes:
        votes.add(Vote("Paul", "q", "person", "lea"))
        votes.add(Vote("Zoé", "q", "lea", "person"))
    chats = project.chats()
    thread = chats.start("lea", "À propos de Paul")
    chats.save(thread.id, (Turn("user", "que dirait Paul ?"), Turn("assistant", "salut")))
    with Drafts(workspace.drafts).change() as change:
        change.add_said("telegram/1", 1, False, "c'est Paul Émile, tu viens ?")
    project.find_own_words("ragot")
    learnt = [own_dialogues(workspace, part) for part in ("train", "valid")]
    known = {"correspondents": ["[AMI_2]"], "data_sha256": "of other data"}
    keep_run(workspace, "avec", {"data_sha256": run_folder.fingerprint(*learnt)})
    keep_run(workspace, "sans", known)
    keep_run(workspace, "ancien", {})
    workspace.out.mkdir()
    with zipfile.ZipFile(workspace.out / "valise.zip", "w", zipfile.ZIP_DEFLATED) as kit:
        kit.write(workspace.data / "train.jsonl", "data/train.jsonl")
    return project


def keep_run(workspace, name, plan):
    (workspace.run(name) / "evaluate").mkdir(parents=True)
    write_json(workspace.run(name) / "plan.json", plan)
    (workspace.run(name) / "evaluate" / "answers-double.jsonl").write_text("demande à Paul")
    (workspace.run(name) / "report.html").write_text("<p>Paul Émile</p>")


def plain(text):
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))


def traces(folder, texts=(*HIS, "ragot, corrigé")):
    """The files in which a word of him is found, members of zips too."""
    names = ("paul", "emile") if texts[0] == HIS[0] else ()
    wanted = [plain(text.format("")) for text in (*texts, *names)]
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        contents = [path.name.encode(), path.read_bytes()]
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as inside:
                contents += [inside.read(name) for name in inside.namelist()]
        said = "\n".join(content.decode("utf-8", "ignore") for content in contents)
        said = plain(re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), said))
        if any(word in said for word in wanted):
            found.append(path.relative_to(folder).as_posix())
    return found


def test_no_byte_of_him_is_left_but_in_the_certificate(project):
    folder = project.workspace.folder
    assert len(traces(folder)) > 10
    dialogues = [d for part in PARTS for d in own_dialogues(project.workspace, part)]
    his = [d for d in dialogues if "[AMI_1]" in d.origin.correspondents]
    done = project.forget("paul emile")
    assert traces(folder) == [done.certificate.relative_to(folder).as_posix()]
    replies = sum(len(d.replies) for d in his)
    assert (
        done.removed == {"messages": 5 * DAYS, "dialogues": len(his), "replies": replies} and replies > DAYS
    )
    assert done.exports == {"rewritten": 2, "removed": 2} and not done.left
    assert done.runs == [{"name": "ancien", "learnt": "peut-être"}, {"name": "avec", "learnt": "oui"}]
    assert (
        not list(folder.rglob(".part-*")) and not (project.workspace.private / "oubli-en-cours.json").exists()
    )


def test_nobody_is_removed_while_a_double_learns_from_them(project):
    """From the first moment on, when its run has no folder: a line of the file is told, then it is read."""
    before = own_dialogues(project.workspace, "train")
    data = project.workspace.folder / "dialogues.jsonl"
    data.write_text("null\n" + (project.workspace.data / "train.jsonl").read_text("utf-8"), "utf-8")
    refused = []

    def forget_now(event):
        assert not project.workspace.run("nouveau").exists()
        with pytest.raises(BadSettings) as caught:
            project.forget("Paul Émile")
        refused.append(caught.value)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        project.train(data, name="nouveau", report=forget_now)
    assert "entraînement est en cours" in refused[0].message and "retrait" in refused[0].mend
    assert own_dialogues(project.workspace, "train") == before


def test_a_training_waits_for_a_removal_and_says_so(project):
    told, done = Queue(), []

    def learn():
        with run_folder.learning(project.workspace, told.put):
            done.append("learns")

    def agree(people):
        training.start()
        assert "on l'attend" in told.get(timeout=10).text and not done
        return True

    training = Thread(target=learn)
    project.forget("Paul Émile", agree=agree)
    training.join(10)
    assert done == ["learns"]


def test_what_others_wrote_stays_with_his_name_hidden(project):
    project.forget("Paul Émile")
    messages = "\n".join(m.text for thread in store.imported(project.workspace) for m in thread.messages)
    for text in (f"tu as vu {HIDDEN} 3 ?", f"non, pas {HIDDEN} 3", f"dis-le à @{HIDDEN} 3", "je sais pas 3"):
        assert text in messages
    dialogues = [d for part in PARTS for d in own_dialogues(project.workspace, part)]
    said = "\n".join(turn.text for dialogue in dialogues for turn in dialogue.turns)
    assert f"non, pas {HIDDEN} " in said and f"[AMI_3] : dis-le à @{HIDDEN} " in said
    with Votes(project.workspace.arena) as votes:
        assert [vote.rater for vote in votes.all()] == [HIDDEN, "Zoé"]
    report = json.loads((project.workspace.data / "report.json").read_text("utf-8"))
    assert report["settings"]["max_turns"] == 10 and report["dropped"]["review"] == {
        "écarté à la relecture": 1
    }


def test_the_certificate_is_signed_and_a_change_shows(project):
    certificate = project.forget("Paul Émile").certificate
    secret = project.workspace.secret()
    assert is_genuine(certificate, secret)
    record = json.loads(certificate.read_text("utf-8"))
    assert record["names"] == ["Paul Émile"] and record["removed"]["messages"] == 150
    write_json(certificate, {**record, "names": ["Malo"]})
    assert not is_genuine(certificate, secret) and not is_genuine(Path("nulle part"), secret)


def test_what_is_imported_later_brings_him_back_in_no_dialogue(project, imported):
    project.forget("Paul Émile")
    again = project.import_(imported[1])
    assert again.already_there >= 4 * DAYS
    made = project.prepare()
    said = plain(" ".join(turn.text for d in made.dialogues for turn in d.turns))
    assert not any(word in said for word in ("paul", "emile", "rendezvous", "ragot", "telepaul"))
    assert project.forget("Paul Émile").removed["messages"] == 150
    with pytest.raises(NothingToDo, match="déjà"):
        project.forget("Paul Émile")


def test_other_people_and_the_owner_are_not_taken_for_him(project):
    with pytest.raises(UnknownPerson, match="Zoé"):
        project.forget("Zoé")
    for me in ("léa", "Léa"):
        with pytest.raises(BadSettings, match="vous"):
            project.forget(me)
    project.forget("Malo")
    assert len(traces(project.workspace.folder)) > 3


def test_a_folder_with_nobody_else_keeps_no_dialogue(tmp_path):
    pair = whatsapp(tmp_path, "Paul Émile", f"Paul Émile: {HIS[0]} ?", "Léa: oui pour le {}")
    project = Project(tmp_path / "moi")
    project.import_([pair], me=["Léa"])
    project.prepare()
    heard = []
    done = project.forget("Paul Émile", report=heard.append)
    assert any("vidé" in event.text for event in heard)
    assert traces(tmp_path / "moi") == [done.certificate.relative_to(tmp_path / "moi").as_posix()]
    assert not list(project.workspace.data.glob("*.jsonl")) and not project.workspace.exports.exists()


def test_somebody_of_whom_others_only_speak_is_hidden_too(project):
    with pytest.raises(UnknownPerson) as told:
        project.forget("Hm")
    assert "sosie forget Hm --exact" in told.value.mend
    done = project.forget("Hm", exact=True)
    assert done.removed == {"messages": 0, "dialogues": 0, "replies": 0} and done.hidden == DAYS
    messages = [m.text for thread in store.imported(project.workspace) for m in thread.messages]
    assert any(text.startswith(f"3 {HIDDEN} ") for text in messages) and "3 hm" not in "\n".join(messages)


def test_who_is_in_the_vault_and_in_no_export_any_more_is_known(project):
    shutil.rmtree(project.workspace.exports)
    done = project.forget("paul émile")
    assert done.removed["dialogues"] > DAYS and done.removed["messages"] == 0
    assert traces(project.workspace.folder) == [f"private/{done.certificate.name}"]


def test_the_name_that_they_had_in_an_earlier_export_goes_with_them(tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    project = Project(tmp_path / "moi")
    talk = "Léa: oui pour le {}", "Léa: et {} ?"
    project.import_([whatsapp(tmp_path / "1", "Zouzou", "Zouzou: rendezvous{} ?", *talk)], me=["Léa"])
    later = whatsapp(tmp_path / "2", "Zoé Mar", "Zoé Mar: rendezvous{} ?", *talk)
    with later.open("a", encoding="utf-8") as file:
        file.write("\n01/06/2025 10:00 - Zoé Mar: rendezvous plus tard")
    project.import_([later])
    project.import_([whatsapp(tmp_path, "Malo", "Malo: et zouzou {} ?", "Léa: bof {}")])
    done = project.forget("zoe mar")
    certificate = f"private/{done.certificate.name}"
    assert done.removed["messages"] == 3 * DAYS + 1 and done.hidden == DAYS
    assert traces(tmp_path / "moi", ("rendezvous", "zouzou", "zoe")) == [certificate]


@pytest.fixture
def two_pauls(tmp_path):
    project = Project(tmp_path / "moi")
    project.import_(
        [
            whatsapp(tmp_path, "Paul", "Paul: rendezvous{} ?", "Léa: oui {}"),
            whatsapp(tmp_path, "Paul Durand", "Paul Durand: autre{} ?", "Léa: voilà {}"),
        ],
        me=["Léa"],
    )
    return project


def test_several_people_of_one_name_are_listed_and_nothing_is_done(two_pauls):
    with pytest.raises(UnknownPerson, match=r"« Paul » \(WhatsApp, 30 messages\), « Paul Durand »") as told:
        two_pauls.forget("paul")
    assert "sosie forget Paul 'Paul Durand'" in told.value.mend and "--exact" in told.value.mend
    assert len(list(store.imported(two_pauls.workspace))) == 2


def test_who_is_meant_can_be_said_or_chosen(two_pauls):
    asked = []

    def choose(name, candidates):
        asked.append((name, [one.name for one in candidates]))
        return ["Paul"]

    with pytest.raises(NothingToDo):
        two_pauls.forget("paul", choose=choose, agree=lambda who: False)
    assert asked == [("paul", ["Paul", "Paul Durand"])]
    assert two_pauls.forget("Paul", exact=True).removed["messages"] == 60
    (left,) = store.imported(two_pauls.workspace)
    assert left.title == f"{HIDDEN} Durand" or left.title == "Paul Durand"
    assert two_pauls.forget(["Paul Durand"]).removed["messages"] == 60


def killed_at(project, step):
    """Forget in a process that is killed before its `step`-th file takes its place, or goes; was it?"""
    child = os.fork()
    if child == 0:
        left = iter(range(step))
        replace, rename, unlink = os.replace, os.rename, os.unlink

        def counted(move):
            def moved(*args, **kwargs):
                if next(left, None) is None:
                    os.kill(os.getpid(), signal.SIGKILL)
                return move(*args, **kwargs)

            return moved

        os.replace, os.rename, os.unlink = counted(replace), counted(rename), counted(unlink)
        try:
            project.forget("Paul Émile")
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("stride", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_a_removal_that_is_killed_at_any_moment_is_ended_by_the_next(stride, project, tmp_path):
    steps = 0
    while True:
        shutil.copytree(project.workspace.folder, tmp_path / "copy")
        copy = Project(tmp_path / "copy")
        killed = killed_at(copy, steps)
        if not killed:
            break
        done = copy.forget("paul")
        assert traces(tmp_path / "copy") == [done.certificate.relative_to(tmp_path / "copy").as_posix()], (
            steps
        )
        assert done.removed["messages"] == 150
        shutil.rmtree(tmp_path / "copy")
        steps += stride
    assert steps > 10


def test_no_surrogate_and_no_style_page_is_left_and_what_stays_is_restored(tmp_path):
    project = Project(tmp_path / "moi")
    project.import_(
        [
            whatsapp(tmp_path, "Paul Émile", f"Paul Émile: {HIS[0]} ?", "Léa: oui pour le {}"),
            whatsapp(tmp_path, "Malo", "Malo: tu as vu paul {} ?", "Léa: non, vois Inès {}"),
        ],
        me=["Léa"],
    )
    project.prepare(names="surrogates")
    project.style()
    vault = project.workspace.private / "pseudonyms.json"
    assert len(json.loads(vault.read_text("utf-8"))["surrogates"]["prénom"]) == 2
    shutil.rmtree(project.workspace.exports)
    done = project.forget("paul émile")
    assert traces(project.workspace.folder) == [f"private/{done.certificate.name}"]
    assert not (project.workspace.data / "fiche.html").exists()
    opened = Vault.open(project.workspace)
    assert len(opened.surrogates["prénom"]) == 1
    dialogues = [d for part in PARTS for d in own_dialogues(project.workspace, part)]
    restored = [turn.text for each in dialogues for turn in restore_turns(each, opened).turns]
    assert any(text.startswith("non, vois Inès") for text in restored)
    assert any(text.startswith(f"tu as vu {HIDDEN}") for text in restored)
