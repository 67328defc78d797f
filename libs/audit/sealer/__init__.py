"""
The sealer: makes of governance's log a transparency log that others can check, as static files.

It reads the log's entries as they are kept, puts them into bundles and tiles, signs every second how long the log is
and what is in it, has witnesses cosign that, and publishes it last. The files are a second copy of the log, outside
NATS. What was signed once binds it: it never signs a tree that does not begin with every one it signed before, and
ends rather than do so.

    disk.py       files that are whole and stay, whatever is cut off when
    tree.py       the tiles of the log, and how they grow
    lease.py      which of several sealers it is that seals, and the last word on what was signed
    state.py      what it has signed, and how it fares
    opening.py    what must hold before it signs anything: key, state and tiles agree
    rotating.py   giving it a new key
    witness.py    one witness, as it is asked
    publisher.py  who has cosigned what; publishes as soon as that is enough
    sealer.py     the log's entries to the tiles, every second
"""
