"""The one door: French errors, exit codes, and one JSON object on stdout."""

import json
import re
import shlex
import shutil
import subprocess

import pytest

import sosie
from sosie.cli.help_words import ADVANCED, LABELS, TAKES, VERB_EXAMPLES
from sosie.cli.main import _run, build
from sosie.cli.verbs import VERBS
from sosie.core.errors import NothingToDo
from sosie.core.french_text import decimal, duration, number, size

PLAIN = [verb for verb, (target, _) in VERBS.items() if not target.endswith(":app")]  # no verbs within


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_french_help_page(verb, capsys):
    assert _run([verb, "--help"]) == 0
    page = capsys.readouterr().out
    assert f"Usage : sosie {verb}" in page
    assert f"Par exemple : sosie {verb}" in page
    assert "default:" not in page and "[required]" not in page and "Parameters" not in page
    assert not re.search(r"\b(STR|INT|FLOAT|PATH|CHOICE)\b", page)


@pytest.mark.parametrize("verb", PLAIN)
def test_the_usage_line_names_the_arguments_that_the_verb_takes_and_its_example_is_understood(verb):
    app = build()
    takes = [one for one in app[verb].assemble_argument_collection() if not one.name.startswith("-")]
    labels = [LABELS.get(one.name, one.name) for one in takes if one.show and one.parameter.help]
    assert re.findall(r"[A-Z]+", TAKES.get(verb, "")) == labels
    app.parse_args(shlex.split(VERB_EXAMPLES[verb])[1:], print_error=False, exit_on_error=False)


def test_the_verbs_are_told_in_the_order_of_the_journey(capsys):
    assert _run([]) == 0
    page = capsys.readouterr().out
    first = [re.search(rf"^│ {verb} ", page, re.MULTILINE).start() for verb in ("demo", "inspect", "chat")]
    assert first == sorted(first)
    assert set(re.findall(r"^│ ([a-z]+) ", page, re.MULTILINE)) == VERBS.keys()


def test_knobs_of_engineers_stand_apart_and_every_one_of_them_exists(capsys):
    assert _run(["help", "train"]) == 0
    page = capsys.readouterr().out
    assert page.index("--model") < page.index("Avancé") < page.index("--rank") < page.index("--folder")
    app = build()
    options = {
        name for verb in PLAIN for one in app[verb].assemble_argument_collection() for name in one.names
    }
    assert options >= ADVANCED


def test_help_and_version_have_their_short_ways(capsys):
    assert _run(["help"]) == 0
    long = capsys.readouterr().out
    assert _run(["--help"]) == 0
    assert capsys.readouterr().out == long
    assert _run(["-V"]) == 0
    assert capsys.readouterr().out.strip() == sosie.__version__
    assert _run(["help", "tran"]) == 2
    assert "sosie train" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (["train", "--modell", "mini"], "Vouliez-vous dire « --model » ?"),
        (["prepare", "--foldr", "x"], "Vouliez-vous dire « --folder » ?"),
        (["plan", "--hardware", "rtx409"], "Vouliez-vous dire « rtx4090 » ? Au choix : auto, cpu"),
        (["prepare", "--names", "tag"], "Vouliez-vous dire « tags » ? Attendu : tags, surrogates, keep"),
        (["fleet", "prepar", "x"], "Vouliez-vous dire « sosie fleet prepare » ?"),
        (["config", "x"], "« x » est de trop."),
        (["train", "--bits", "3"], "4, 8, 16, 32"),
    ],
)
def test_a_wrong_option_or_value_names_the_nearest_and_the_choices(words, mend, capsys):
    assert _run(words) == 2
    assert mend in " ".join(capsys.readouterr().err.split())


def test_a_wrong_engine_names_the_nearest_and_the_choices(capsys):
    assert _run(["chat", "--model", "mini", "--engine", "loca"]) == 3
    assert "Vouliez-vous dire « local » ? Possibles : " in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_verbs_and_options(shell, capsys):
    assert _run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "evaluate" in script and "rank" in script
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=script, text=True).returncode == 0


def test_an_unknown_shell_is_told_which_are_known(monkeypatch, capsys):
    monkeypatch.setenv("SHELL", "/bin/dash")
    assert _run(["completion"]) == 3
    assert "bash | zsh | fish" in capsys.readouterr().err


def test_config_says_each_setting_and_where_it_comes_from(tmp_path, capsys):
    (tmp_path / "sosie.toml").write_text("[train]\nepochs = 3\n", encoding="utf-8")
    assert _run(["config", "--folder", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["settings"]["train"]
    assert told["epochs"] == {"value": 3.0, "from": "sosie.toml"}
    assert told["rank"] == {"value": 16, "from": "d'office"}
    assert _run(["config", "--folder", str(tmp_path)]) == 0
    assert "epochs" in capsys.readouterr().out


def test_an_unknown_verb_names_the_nearest(capsys):
    assert _run(["tran"]) == 2
    assert "sosie train" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["inspect"], "Il manque"),
        (["inspect", "x", "--texte"], "--texte"),
        (["prepare", "--silence-minutes", "beaucoup"], "--silence-minutes est impossible"),
        (["prepare", "--silence-minutes", "1"], "au moins 5, au plus 2880"),
        (["plan", "--hardware", "ordinateur"], "bon type"),
    ],
)
def test_wrong_usage_is_one_french_sentence(words, said, capsys):
    assert _run(words) == 2
    told = capsys.readouterr().err
    assert said in told and "--help" in told


def test_an_error_is_one_json_object(tmp_path, capsys):
    assert _run(["inspect", str(tmp_path / "rien.zip"), "--json"]) == 3
    out, err = capsys.readouterr()
    error = json.loads(out)["error"]
    assert set(error) == {"kind", "message", "mend"} and error["mend"]
    assert not err


def test_what_no_room_foresaw_never_shows_a_trace(monkeypatch, capsys):
    def broken(*args, **kwargs):
        raise ValueError("un texte privé")

    monkeypatch.setattr("sosie.sources.summary.MixedExports", broken)
    assert _run(["inspect", "x"]) == 3
    told = capsys.readouterr().err
    assert "ValueError" in told and "privé" not in told and "Traceback" not in told


def test_ctrl_c_is_130(monkeypatch, capsys):
    def stopped(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("sosie.sources.summary.MixedExports", stopped)
    assert _run(["inspect", "x"]) == 130


def test_a_wrong_settings_file_is_told_before_anything_is_done(tmp_path, capsys):
    (tmp_path / "sosie.toml").write_text("[prepare]\nsilense_minutes = 30\n", encoding="utf-8")
    assert _run(["prepare", "--folder", str(tmp_path)]) == 3
    assert "silence_minutes" in capsys.readouterr().err


def test_numbers_are_said_as_in_french():
    assert number(1234567) == "1\u202f234\u202f567"
    assert decimal(1.834) == "1,83"
    assert duration(75) == "1 min 15 s"
    assert size(4_120_000_000) == "4,1 Go"


def test_a_verb_of_a_verb_takes_the_table_of_the_first(tmp_path, monkeypatch):
    heard = []

    def taught(self, *given):
        heard.append(given[4].layers)
        raise NothingToDo("", "")

    monkeypatch.setattr("sosie.api.Project.train_nanochat", taught)
    (tmp_path / "sosie.toml").write_text("[nanochat]\nlayers = 3\n")
    for words, layers in (([], 3), (["--layers", "2"], 2)):
        assert _run(["nanochat", "train", *words, "--folder", str(tmp_path)]) == 3
        assert heard.pop() == layers


def test_what_follows_two_dashes_goes_to_the_program_that_is_run(tmp_path, monkeypatch):
    heard = []
    monkeypatch.setattr("sosie.nanochat.launcher.run", lambda *given: heard.append(given[3]) or 7)
    words = ["nanochat", "run", "chat_cli", "--checkout", str(tmp_path), "--", "-p", "a", "--json", "-t", "0"]
    assert _run(words) == 7
    assert heard == [("-p", "a", "--json", "-t", "0")]
