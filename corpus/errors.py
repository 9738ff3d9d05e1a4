"""The one exception that a user is meant to read."""


class UserError(Exception):
    """Something the user can mend.

    The message is one paragraph: which file, row or key; what was found; what was expected; what to do.

    Commands print the message alone and exit with 2; a traceback is for mistakes of ours.
    """


RESUME = "Nothing half-written was kept; run the same command again, and it goes on where it stopped."
