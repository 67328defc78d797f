"""`python -m services.geo.app` runs geo: where places are, and what lies near."""

from pathlib import Path

from libs.gazetteer.load import load
from libs.service.process import Service
from services.geo.projections import geo
from services.geo.queries import QUERIES

SERVICE = Service(
    name="geo",
    folder=Path(__file__).parent,
    commands={},  # geo decides nothing: what is where, other services decide, and its own log stays empty
    queries=QUERIES,
    projection=geo,
    background=(load,),
)

if __name__ == "__main__":
    SERVICE.run()
