"""What goes wrong, in one sentence."""


class SelmixError(Exception):
    """The command line's own sentence: what is wrong, where, and what to do."""
