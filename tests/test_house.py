"""The plan of the house is a test: imports go down, doors stay light, every file says why it is there."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "sosie"
FLOORS = [
    "core style",
    "sources models recall",
    "prepare",
    "importing engines train",
    "evaluate export nanochat enrich",
    "arena forget messengers",
    "api",
    "demo",
    "studio server",
    "fleet",
    "cli",
]
HEAVY = ("torch", "transformers", "peft", "accelerate", "gradio", "sklearn", "phonenumbers", "numpy")


def floor(wing: str) -> int:
    return next((level for level, wings in enumerate(FLOORS) if wing in wings.split()), -1)


def wing_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if path.parent != SOURCE)


def name_of(path: Path) -> str:
    """« src/sosie/core/jsonl.py » -> « sosie.core.jsonl »"""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[str]:
    """Every name imported, inside functions and for typing too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def ours(target: str) -> bool:
    parts = target.split(".")
    return parts[0] == "sosie" and len(parts) > 1 and (SOURCE / parts[1]).is_dir()


def test_the_floors_are_the_wings_that_exist():
    assert sorted(" ".join(FLOORS).split()) == sorted({wing_of(path) for path in modules()})


def test_no_two_files_import_each_other_in_a_circle():
    known = {name_of(path): path for path in modules()}
    below = {
        name: {
            target if target in known else target.rpartition(".")[0]
            for target in imports_of(path)
            if ours(target)
        }
        & known.keys() - {name}
        for name, path in known.items()
    }
    try:
        TopologicalSorter(below).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_wing_imports_only_itself_and_lower_floors(path):
    wing = wing_of(path)
    for target in filter(ours, imports_of(path)):
        other = target.split(".")[1]
        assert other == wing or floor(other) < floor(wing), (
            f"{path.relative_to(SOURCE)} imports {target}, which is not below « {wing} » in the house"
        )


def public_names(path: Path) -> set[str]:
    """The functions, classes and constants at the top of a module that have no leading underscore."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found = (inside for target in targets for inside in ast.walk(target))
            names |= {inside.id for inside in found if isinstance(inside, ast.Name)}
    return {name for name in names if not name.startswith("_")}


def test_no_public_name_is_defined_in_more_than_three_modules():
    """A name that only its own module uses is private; one that others use says what it is."""
    where: dict[str, list[str]] = {}
    for path in modules():
        for name in public_names(path):
            where.setdefault(name, []).append(str(path.relative_to(SOURCE)))
    crowded = {name: paths for name, paths in where.items() if len(paths) > 3}
    assert not crowded, f"these names are defined in more than three modules: {crowded}"


def test_every_file_says_why_it_is_there():
    silent = [
        str(path)
        for path in SOURCE.rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not silent, f"these files have no docstring: {silent}"


def test_the_door_is_light():
    """`import sosie` and `sosie --help` load nothing heavy."""
    code = (
        "import sys, sosie; from sosie.cli.main import _run; _run(['--help']); "
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "Usage : sosie" in done.stdout


def test_help_takes_at_most_half_a_second_of_processor():
    """CPU seconds, user and system, with a factor of 2 for a shared machine; the best of three."""
    import resource

    def cost() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "sosie", "--help"], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(cost() for _ in range(3)) < 1.0


def test_no_two_test_files_have_one_name():
    """pytest imports them by their name alone."""
    names = [path.name for path in Path(__file__).parent.rglob("test_*.py")]
    assert len(names) == len(set(names))
