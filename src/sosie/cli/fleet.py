"""`sosie fleet`: the verbs of one person for many, each in a folder of their own."""

from cyclopts import App, Group

from sosie.cli.help_words import page, usage

app = App(
    name="fleet",
    usage=r"sosie fleet VERBE DOSSIER \[OPTIONS]",
    group_commands=Group("Verbes", sort_key=0),
    group_arguments=Group("Arguments", sort_key=1),
    group_parameters=Group("Options", sort_key=2),
)
WHAT = {
    "prepare": "Importer et préparer ce que chaque personne a mis dans son dossier",
    "train": "Apprendre un double par personne, sur un modèle chargé une fois",
    "evaluate": "Mesurer le double de chaque personne",
    "serve": "Servir tous les doubles, chacun par sa clé, sur un seul modèle",
}
for name, words in WHAT.items():
    app.command(
        f"sosie.cli.fleet_verbs:{name}_all",
        name=name,
        help=page(f"fleet {name}", words),
        usage=usage(f"fleet {name}"),
    )
