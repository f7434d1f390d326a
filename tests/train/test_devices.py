"""A Mac's GPU has no CUDA: whatever is CUDA's alone is asked for behind a condition that says so."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "sosie"
TEXTS = {path: path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")}
CUDA = [path for path, text in TEXTS.items() if "torch.cuda" in text]


def asked(tree):
    """(call, the conditions it stands behind) for each call of torch.cuda that is not the question itself."""

    def walk(node, conditions):
        if isinstance(node, ast.If | ast.IfExp):
            yield from walk(node.test, conditions)
            behind = [*conditions, ast.unparse(node.test)]
            body, other = (part if isinstance(part, list) else [part] for part in (node.body, node.orelse))
            for part, told in ((body, behind), (other, conditions)):
                for child in part:
                    yield from walk(child, told)
            return
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            for place, value in enumerate(node.values):
                yield from walk(value, [*conditions, *map(ast.unparse, node.values[:place])])
            return
        named = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if named.startswith("torch.cuda.") and named != "torch.cuda.is_available":
            yield ast.unparse(node), conditions
        for child in ast.iter_child_nodes(node):
            yield from walk(child, conditions)

    return list(walk(tree, []))


@pytest.mark.parametrize("path", CUDA, ids=lambda path: path.name)
def test_nothing_of_cuda_is_called_without_a_condition(path):
    for call, conditions in asked(ast.parse(TEXTS[path])):
        assert any("cuda" in condition for condition in conditions), f"{path.name}: {call}"


def test_tensors_go_to_the_models_device_by_name():
    for path, text in TEXTS.items():
        assert ".cuda()" not in text and 'device="cuda"' not in text and "to('cuda')" not in text, path.name


def test_the_check_sees_an_unguarded_call():
    source = "if torch.cuda.is_available():\n a = torch.cuda.a()\nelse:\n b = torch.cuda.b()\n"
    unguarded = [call for call, conditions in asked(ast.parse(source)) if not conditions]
    assert unguarded == ["torch.cuda.b()"]
