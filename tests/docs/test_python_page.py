"""The Python that pages show compiles, and calls what the package has, with arguments that it takes."""

import ast
import inspect
from dataclasses import fields

import pytest
from pages import PAGES, blocks, named

import sosie
from sosie.core import settings

BLOCKS = [(named(path), block) for path in PAGES for block in blocks(path, "python")]


def test_there_is_python_to_look_at():
    assert len(BLOCKS) >= 3


@pytest.mark.parametrize(("page", "block"), BLOCKS, ids=[page for page, _ in BLOCKS])
def test_the_python_of_a_page_compiles(page, block):
    compile(block, page, "exec")


def calls(block):
    """(owner, name, positional, keywords) of each call of sosie, or of what it gave."""
    tree = ast.parse(block)
    imported = {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "sosie"
        for name in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            keywords = {keyword.arg for keyword in node.keywords}
            match node.func:
                case ast.Name(id) if id in imported:
                    yield "sosie", id, len(node.args), keywords
                case ast.Attribute(ast.Name("project" | "double" | "chat" as owner), name):
                    yield owner, name, len(node.args), keywords


def test_what_the_pages_call_is_there_and_takes_these_arguments():
    from sosie.core.sampling import Sampling
    from sosie.engines.chat_model import ChatModel, ChatSession

    sampling = {field.name for field in fields(Sampling)}
    owners = {"sosie": sosie, "project": sosie.Project, "double": ChatModel, "chat": ChatSession}
    for page, block in BLOCKS:
        for owner, name, positional, keywords in calls(block):
            signature = inspect.signature(getattr(owners[owner], name))
            places = (None,) * (positional + (owner != "sosie"))
            signature.bind(*places, **dict.fromkeys(keywords))
            known = {*signature.parameters, *(sampling if owner in ("double", "chat") else ())}
            known |= set(settings.VERBS[name].model_fields) if name in settings.VERBS else set()
            assert keywords <= known, f"{page}: {name} of {owner} takes no {keywords - known}"
