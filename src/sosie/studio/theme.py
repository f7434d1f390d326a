"""Colours and letters of the page. Nothing comes from outside: the letters are the machine's own."""

from typing import Any

LETTERS = (
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Roboto",
    "Noto Sans",
    "Helvetica Neue",
    "Arial",
    "sans-serif",
)
CODE_LETTERS = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace")

STEPS = (50, *range(100, 1000, 100), 950)
# Each from its lightest to its darkest, 50 to 950: an ink blue, a brick red, greys that lean to the blue.
INK = "#eef3f8 #d9e4ef #b5cade #8aabca #5c88b1 #3b6a97 #2c547c #234362 #1b344c #132538 #0b1724"
BRICK = "#fdf3ef #fae3da #f3c5b4 #eaa086 #df795a #cc5a3b #ad472c #8b3925 #6b2e20 #4c2219 #2d130d"
GREY = "#f7f8fa #eef0f3 #dfe3e8 #c6ccd4 #98a1ae #6d7785 #4f5865 #39414c #242a33 #171b22 #0f1217"


def shades(written: str) -> dict[str, str]:
    """« #eef3f8 #d9e4ef ... » -> {"c50": "#eef3f8", "c100": "#d9e4ef", ...}"""
    return {f"c{step}": colour for step, colour in zip(STEPS, written.split(), strict=True)}


def theme() -> Any:
    """The Gradio theme, light and dark."""
    import gradio as gr
    from gradio.themes.utils.colors import Color

    return gr.themes.Base(
        primary_hue=Color(**shades(INK), name="ink"),
        secondary_hue=Color(**shades(BRICK), name="brick"),
        neutral_hue=Color(**shades(GREY), name="grey"),
        font=LETTERS,
        font_mono=CODE_LETTERS,
        radius_size=gr.themes.sizes.radius_lg,
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        block_background_fill="white",
        block_background_fill_dark="*neutral_900",
        block_border_color="*neutral_300",
        block_border_color_dark="*neutral_700",
        border_color_primary="*neutral_300",
        border_color_primary_dark="*neutral_700",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        block_label_text_color="*neutral_700",
        block_label_text_color_dark="*neutral_200",
        block_title_text_color="*neutral_800",
        block_title_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        input_placeholder_color="*neutral_600",
        input_placeholder_color_dark="*neutral_300",
        block_shadow="none",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_500",
        button_primary_background_fill_hover_dark="*primary_400",
        button_primary_text_color="white",
        button_secondary_background_fill="white",
        button_secondary_background_fill_dark="*neutral_800",
        button_secondary_border_color="*neutral_300",
        button_secondary_border_color_dark="*neutral_700",
        input_background_fill="white",
        input_background_fill_dark="*neutral_900",
        slider_color="*primary_500",
        slider_color_dark="*primary_400",
    )


CSS = """
.gradio-container {
  width: 100%; max-width: 1100px !important; margin: 0 auto !important; padding: 0.75rem 1rem 3rem !important;
}
.gradio-container > .main { padding: 0 !important; }
#qui h2 { font-size: 1.3rem; letter-spacing: -0.01em; margin: 0.25rem 0; }
#qui p, #etat p { margin: 0.1rem 0; }
#etat { min-height: 1.6rem; }
#fil .user, #fil-base .user, #message .submit-button, #message .stop-button {
  background: var(--primary-600) !important; border-color: transparent !important; color: white !important;
}
#fil .user, #fil .user *, #fil-base .user, #fil-base .user * { color: white !important; }
#fil .bot, #fil-base .bot { background: var(--neutral-100) !important; border-color: transparent !important; }
.dark #fil .bot { background: var(--neutral-800) !important; }
.dark #fil-base .bot { background: var(--neutral-800) !important; }
#fil .message, #fil-base .message { font-size: 1rem; line-height: 1.45; }
#qui, #etat { border-width: 0 !important; }
#fil .top-panel, #fil-base .top-panel { display: none; }
.gradio-container button.secondary, .gradio-container .block:not(#qui, #etat),
.gradio-container input[type="number"] {
  border: 1px solid var(--border-color-primary) !important;
}
.gradio-container button.secondary.sm { min-height: 2.4rem; font-size: 0.92rem; }
.gradio-container .form:has(#message) { border-color: var(--neutral-400) !important; }
#gestes button { flex: 1 1 auto; min-width: 0; white-space: nowrap; }
.gradio-container .form .block { border-width: 0 !important; }
input[type="range"]::-webkit-slider-thumb { border: 2px solid var(--primary-600) !important; }
input[type="range"]::-moz-range-thumb { border: 2px solid var(--primary-600) !important; }
.gradio-container .block:not(#message) textarea {
  border: 1px solid var(--neutral-400); padding: 0.4rem 0.6rem;
}
.gradio-container input[role="combobox"] { padding-right: 2rem !important; text-overflow: ellipsis; }
@media (max-width: 640px) {
  .gradio-container { padding: 0.5rem 0.75rem 3rem !important; }
  #fil, #fil-base { height: 34vh !important; }
  #gestes { gap: 0.4rem; }
  #gestes button { flex: 1 1 40%; padding: 0.3rem; font-size: 0.86rem; }
  #fil-base:not(:has(.message)) { display: none; }
  #accueil button { flex: 1 1 45%; min-width: 0; }
}
"""
