"""`python -m sosie`."""

from sosie.cli.main import run

run()
