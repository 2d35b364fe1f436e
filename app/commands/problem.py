"""Why a command cannot do what it was asked for."""


class CommandProblem(Exception):
    """One sentence for the person at the terminal."""


NOT_EMPTY = "the database holds data already; --force replaces all of it."
