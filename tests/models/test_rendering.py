"""Chat templates in a process of their own: what they give, and what stops them."""

import os
import threading
import time

import pytest
from test_jinja_template import ALL as HONEST

from sosie.core.errors import BadData
from sosie.models.rendering import RENDERER, render_jinja

ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
HUGE = "{{ 'a' * 2147483648 }}"
SAID = "{{ messages[0].content }}"
SIGNS = {"bos_token": "<s>", "eos_token": "</s>"}


def turns(text="\ue0000\ue001\n é😀"):
    return [{"role": "user", "content": text}, {"role": "assistant", "content": "\ue0001\ue001"}]


@pytest.mark.parametrize("template", HONEST)
def test_a_template_gives_what_transformers_gives(template):
    from transformers.utils.chat_template_utils import render_jinja_template

    there = render_jinja_template([turns()], chat_template=template, enable_thinking=False, **SIGNS)
    assert render_jinja(template, turns(), {**SIGNS, "enable_thinking": False}) == there[0][0]


def test_a_template_that_refuses_a_dialogue_gives_nothing():
    for refusing in ("{{ raise_exception('non') }}", "{% if %}", "{{ 1 / 0 }}", "{{ a.b.c }}"):
        assert render_jinja(refusing, turns(), SIGNS) == ""


@pytest.mark.parametrize("template", [ENDLESS, HUGE], ids=["endless", "huge"])
def test_what_is_stopped_is_a_sentence_and_the_next_one_is_rendered(template):
    started = time.monotonic()
    with pytest.raises(BadData, match="chat_template"):
        render_jinja(template, turns(), SIGNS)
    assert time.monotonic() - started < 30  # of which a second or two of processor
    assert render_jinja(SAID, turns("salut"), SIGNS) == "salut"


def test_threads_ask_together_and_each_has_its_own_answer():
    found = {}

    def ask(number):
        found[number] = [render_jinja(SAID, turns(f"{number}"), SIGNS) for _ in range(20)]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: [f"{number}"] * 20 for number in range(8)}


def test_a_forked_process_has_a_process_of_its_own():
    assert render_jinja(SAID, turns("avant"), SIGNS) == "avant"
    child = os.fork()
    if not child:
        said = render_jinja(SAID, turns("enfant"), SIGNS) == "enfant"
        RENDERER.close()
        os._exit(0 if said else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert render_jinja(SAID, turns("après"), SIGNS) == "après"


def test_a_process_that_was_killed_is_started_again():
    render_jinja(SAID, turns(), SIGNS)
    RENDERER._process.kill()
    RENDERER._process.wait()
    assert render_jinja(SAID, turns("encore"), SIGNS) == "encore"
