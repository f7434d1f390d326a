"""The pages that people read, and what stands in them: blocks of code, command lines, links."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (
    *(
        ROOT / name
        for name in ("README.md", "README.en.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
    ),
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "benchmarks" / "README.md",
    ROOT / "examples" / "README.md",
)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"(?:^|\s)#.*$")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def named(path: Path) -> str:
    """« docs/mesurer.md »"""
    return str(path.relative_to(ROOT))


def blocks(path: Path, language: str) -> list[str]:
    """The blocks of code of one language."""
    found = BLOCK.finditer(path.read_text(encoding="utf-8"))
    return [block[2] for block in found if block[1] == language]


def commands(path: Path) -> Iterator[list[str]]:
    """Each command of a page's sh blocks, as words; « && » ends one, a backslash goes on below."""
    for block in blocks(path, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            for command in COMMENT.sub("", line).split("&&"):
                if words := shlex.split(command):
                    yield words


def mentions(path: Path) -> Iterator[list[str]]:
    """« `sosie plan` » in a sentence, as words; help pages, and what has a hole to fill, are left out."""
    text = BLOCK.sub("", path.read_text(encoding="utf-8"))
    for span in re.findall(r"`(sosie [^`]+)`", text):
        if not re.search(r"VERBE|--help|\[|\.\.\.", span):
            yield shlex.split(span)


def links(path: Path) -> list[str]:
    """Where the links of a page lead, code left out."""
    return LINK.findall(BLOCK.sub("", path.read_text(encoding="utf-8")))


def prose(path: Path) -> str:
    """What is read: all but blocks of code, images and the addresses of links."""
    text = BLOCK.sub("", path.read_text(encoding="utf-8"))
    return re.sub(r"\]\([^)]*\)", "]", text)
