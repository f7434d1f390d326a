"""`sosie nanochat`: run nanochat's own programs with a double, or train a nanochat of one's own."""

from cyclopts import App, Group

from sosie.cli.help_words import page, usage

app = App(
    name="nanochat",
    usage=r"sosie nanochat VERBE \[ARGUMENTS] \[OPTIONS]",
    group_commands=Group("Verbes", sort_key=0),
    group_arguments=Group("Arguments", sort_key=1),
    group_parameters=Group("Options", sort_key=2),
)
WHAT = {
    "run": "Lancer nanochat tel quel, avec votre double derrière",
    "train": "Faire un petit nanochat à soi, chaque étape expliquée",
}
for name, words in WHAT.items():
    app.command(
        f"sosie.cli.nanochat_{name}:{name}",
        name=name,
        help=page(f"nanochat {name}", words),
        usage=usage(f"nanochat {name}"),
    )
