"""The commands of `raterhub-tracker`. `app/cli.py` lists them."""


class CommandError(Exception):
    """A command cannot be carried out. The text is one sentence for the terminal."""
