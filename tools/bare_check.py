#!/usr/bin/env python3
"""The bare install (no extras): every module imports, and the verbs that need no torch work.

Run with the Python of a bare environment. It exits non-zero with a sentence at the first thing that fails.
"""

import importlib
import importlib.util
import json
import pkgutil
import subprocess
import sys
import tempfile
from pathlib import Path

import sosie
import sosie.demo


def verb(folder: Path, *words: str) -> dict:
    """What a verb says in JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "sosie", *words, "--folder", str(folder), "--json"],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"sosie {words[0]} failed on the bare install: {done.stdout} {done.stderr}")
    return json.loads(done.stdout)


def main() -> None:
    if importlib.util.find_spec("torch"):
        sys.exit("torch is here: this is no bare install")
    names = [
        module.name
        for module in pkgutil.walk_packages(sosie.__path__, "sosie.")
        if "__main__" not in module.name
    ]
    for name in names:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as fleeting:
        folder = Path(fleeting)
        seen = verb(folder, "inspect", str(sosie.demo.EXPORT))
        added = verb(folder, "import", str(sosie.demo.EXPORT), "--me", sosie.demo.ME)["added"]
        prepared = verb(folder, "prepare")
        plan = verb(folder, "plan", "--model", "vigostral", "--hardware", "t4")
        verb(folder, "doctor")
    print(
        f"{len(names)} modules import; {seen['messages']} messages read, {added} added, "
        f"{prepared['dialogues']} dialogues, plan: {plan['bits']} bits"
    )


if __name__ == "__main__":
    main()
