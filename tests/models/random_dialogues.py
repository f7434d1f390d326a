"""Random dialogues of the kind that breaks templates: accents, emoji, double spaces, marker-like text."""

from hypothesis import strategies as st

from sosie.core.dialogue import Turn

MARKERS = (
    "</s>", "<s>", "<unk>", "[INST]", " [/INST]", "<<SYS>>\n", "<|im_end|>", "<|im_start|>assistant\n",
    "<start_of_turn>", "<end_of_turn>\n", "<|end|>", "<|bos|>", "<|assistant|>", "<|eot_id|>", "<bos>",
    "<|begin_of_text|>", "<think>", "</think>", "{{ bos_token }}", "{system}", "{text}", "<0x0A>", "▁",
)  # fmt: skip
WORDS = (
    "salut", " ça va", "  deux  espaces", "\n", "\n\n", "l'été", "où ?", "œuf", "🙂", "👩‍🚀", "e\u0301",
    "\u00a0!", "«\u202fbonjour\u202f»", "\t", "OK", " ", "123",
)  # fmt: skip
letters = st.characters(exclude_categories=("Cs",), max_codepoint=0x1FAFF)
pieces = st.one_of(st.sampled_from(WORDS), st.sampled_from(MARKERS), st.text(letters, max_size=4))
texts = st.lists(pieces, min_size=1, max_size=6).map("".join).filter(bool)


@st.composite
def dialogues(draw, most=4, text=texts):
    """User and assistant in turn, ending with the assistant, with or without a system text."""
    system = draw(st.none() | text)
    turns = [Turn("system", system)] if system and system.strip() else []
    for _ in range(draw(st.integers(1, most))):
        turns += [Turn("user", draw(text)), Turn("assistant", draw(text))]
    return tuple(turns)
