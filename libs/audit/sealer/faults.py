"""
Why a sealer does not go on, as the person who runs the node should read it.

    CannotSeal
    ├── SealerRuns       another sealer has the state, and this one was to work on it alone
    ├── KeyIsAnother     the key is not the one that the log was sealed with
    ├── TilesDiffer      the tiles are not what they were, or not what the log gives
    └── TreeIsAnother    what would be signed contradicts what was signed
"""


class CannotSeal(Exception):
    """The sealer ends rather than sign; *args[0]* says why in one sentence or two."""


class SealerRuns(CannotSeal):
    """Another sealer has the state, and what was to be done needs it alone."""


class KeyIsAnother(CannotSeal):
    """The key is missing, or is not the one that the log was sealed with."""


class TilesDiffer(CannotSeal):
    """A tile is missing or damaged, or the log says something else than its tiles."""


class TreeIsAnother(CannotSeal):
    """What would be signed does not begin with what was signed before."""
