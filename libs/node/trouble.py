"""What can go wrong with a node, as the person at the terminal should read it."""


class NodeTrouble(Exception):
    """The command cannot be carried out; *args[0]* says why, and what to do, in one sentence."""
