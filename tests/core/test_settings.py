"""sosie.toml: defaults, the nearest good key, bounds in French, and names remembered."""

import tomllib

import pytest

from sosie.core import settings, settings_file
from sosie.core.errors import BadSettings


def toml(tmp_path, text):
    path = tmp_path / "sosie.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_no_file_means_defaults(tmp_path):
    assert settings_file.load(tmp_path / "sosie.toml", "prepare", settings.Prepare) == settings.Prepare()


def test_a_key_of_the_table_is_taken(tmp_path):
    path = toml(tmp_path, "[prepare]\nsilence_minutes = 45\n")
    assert settings_file.load(path, "prepare", settings.Prepare).silence_minutes == 45


def test_an_unknown_key_names_the_nearest(tmp_path):
    with pytest.raises(BadSettings) as caught:
        settings_file.load(toml(tmp_path, "[prepare]\nsilence_minute = 45\n"), "prepare", settings.Prepare)
    assert "silence_minute" in caught.value.message
    assert "silence_minutes" in caught.value.mend


def test_an_unknown_table_names_the_nearest(tmp_path):
    with pytest.raises(BadSettings) as caught:
        settings_file.load(toml(tmp_path, "[prepar]\n"), "prepare", settings.Prepare)
    assert "prepare" in caught.value.mend


def test_bounds_are_told_in_french(tmp_path):
    with pytest.raises(BadSettings) as caught:
        settings_file.load(toml(tmp_path, "[prepare]\nsilence_minutes = 1\n"), "prepare", settings.Prepare)
    assert caught.value.mend == "Attendu : au moins 5, au plus 2880."


def test_a_file_that_is_not_toml_is_one_sentence(tmp_path):
    with pytest.raises(BadSettings, match="TOML"):
        settings_file.load(toml(tmp_path, "{{{"), "prepare", settings.Prepare)


def test_names_are_remembered_and_the_rest_is_kept(tmp_path):
    path = toml(tmp_path, "# à moi\n[prepare]\nsilence_minutes = 45 # court\n\n[import]\nme = ['Vieux']\n")
    settings_file.remember_me(path, ("Léa", "L'autre « Léa »"))
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    assert tables == {"prepare": {"silence_minutes": 45}, "import": {"me": ["Léa", "L'autre « Léa »"]}}
    assert "# court" in path.read_text(encoding="utf-8")


def test_answers_are_remembered_beside_the_names(tmp_path):
    path = toml(tmp_path, "[import] # moi\nme = [\n  'Vieux',\n]\nsource = 'sms'\n\n[train]\nseed = 3\n")
    answers = {'whatsapp/Léa "🌸"': True, "slack/léa": False}
    settings_file.remember_me(path, ("Léa",), answers)
    settings_file.remember_me(path, ("Léa", "Lou"), answers | {"sms/me": True})
    once = path.read_text(encoding="utf-8")
    tables = tomllib.loads(once)
    assert tables["import"] == {
        "me": ["Léa", "Lou"], "source": "sms", "aliases": answers | {"sms/me": True}
    }  # fmt: skip
    assert tables["train"] == {"seed": 3} and "# moi" in once and "\n\n\n" not in once
    settings_file.remember_me(path, ("Léa", "Lou"), answers | {"sms/me": True})
    assert path.read_text(encoding="utf-8") == once
    assert settings_file.load(path, "import", settings.Import).aliases == answers | {"sms/me": True}


@pytest.mark.parametrize("model", settings.VERBS.values())
def test_a_verb_has_at_most_sixteen_knobs_each_with_its_words(model):
    assert len(model.model_fields) <= 16
    assert all(field.description for field in model.model_fields.values())
