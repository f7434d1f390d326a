"""A message longer than mini's context: answered, and said not to have been read whole."""

import json

from sosie.cli.main import _run


def test_a_paste_longer_than_the_context_is_told_in_json_and_aloud(capsys, tmp_path):
    words = ["chat", "--double", "mini", "--once", "bonjour " * 3000, "--folder", str(tmp_path), "--json"]
    assert _run(words) == 0
    out, err = capsys.readouterr()
    assert 16_000 < json.loads(out)["unread"] < 24_000 and "n'ont pas été lus" in " ".join(err.split())
    assert _run([*words[:4], "bonjour", *words[5:]]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["unread"] == 0 and "lus" not in err
