"""The blind game from the page: prepared once, then played in a window of its own, on this machine only.

    « Préparer une partie »  ->  open_game()  ->  http://127.0.0.1:7870/  ->  a link

Friends on the network play through `sosie arena --host ...`, with a key: that door is not opened by a button.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from sosie.core.errors import SosieError

OpenGame = Callable[[], str]
WHAT = (
    "### Qui a écrit ça ?\nLa fin d'une conversation, deux réponses : laquelle est de la vraie personne ? "
    "Les réponses du double sont écrites d'avance, ce qui prend une minute ou plus la première fois."
)
FRIENDS = "Pour y jouer avec des amis sur votre réseau : `sosie arena --host ADRESSE` donne un lien à clé."


def draw(open_game: OpenGame) -> None:
    import gradio as gr

    once = cache(open_game)
    gr.Markdown(WHAT)
    start, told = gr.Button("Préparer une partie", variant="primary"), gr.Markdown(FRIENDS)
    start.click(lambda: (yield from play(once)), outputs=told, api_visibility="private")


def play(open_game: OpenGame) -> Iterator[Any]:
    """What is shown: a word of patience, then the link; or why there is none."""
    yield "Les réponses s'écrivent…"
    try:
        address = open_game()
    except SosieError as error:
        yield f"{error.message} {error.mend}"
    else:
        yield f"[Ouvrir la partie]({address})\n\n{FRIENDS}"
