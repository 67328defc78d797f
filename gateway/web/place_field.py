"""
The field of a form that says where something is, without a map: a name is looked up in the gazetteer.

Where several places bear it, the form comes back with them to choose from. What it looks like is `_place.html`.
"""

import re
from dataclasses import dataclass, field

from gateway.web.forms import Form
from gateway.web.page import Page
from libs.contracts.geo import GazetteerPlace, PlaceFound, PlaceOf, PlacesLike
from libs.contracts.place import Place
from libs.errors import Problem

_POINT = re.compile(r"\s*(?:geo:)?(-?\d{1,2}(?:\.\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*")
_CHOICES_MAX = 6


@dataclass
class PlaceField:
    """
    What somebody says of a place, and what the gazetteer makes of it.

    *place* is what it came to, None where nothing was said, or not enough. *choices* are the places that may be meant.
    *kept* is the place as it was before the form, for one that is changed.
    """

    words: str = ""
    spot: str = ""
    point: str = ""
    chosen_id: int | None = None
    choices: tuple[PlaceFound, ...] = ()
    place: Place | None = None
    kept: Place | None = field(default=None, repr=False)

    @classmethod
    def showing(cls, place: Place | None) -> "PlaceField":
        """Return the field as it stands before anybody touched it."""
        return cls(words=place.name if place else "", kept=place, place=place)


async def place_in(form: Form, page: Page, *, kept: Place | None = None) -> PlaceField:
    """
    Return what *form* says of a place; what is wrong with it is said in the form's `errors` under `lieu`.

    The fields are `lieu` (a name, as typed), `lieu_id` (one of the choices that `lieu_cherche` had), `lieu_nom` (what
    the very spot is called) and `point` (its latitude and longitude, for who knows them).
    """
    found = PlaceField(words=form.get("lieu")[:100], spot=form.get("lieu_nom"), point=form.get("point"), kept=kept)
    if not found.words:
        if found.spot or found.point:
            form.fault("lieu", page.words("Dites d’abord dans quelle commune."))
        return found
    if kept and found.words == kept.name and not (found.spot or found.point):
        found.place = kept
        return found
    if chosen := await _chosen(found, form, page):
        found.place = _placed(found, chosen, form, page)
    return found


async def _chosen(found: PlaceField, form: Form, page: Page) -> GazetteerPlace | None:
    """Return the place that is meant: the one chosen of several, the only one of its name, or one named in full."""
    number = form.get("lieu_id")
    if number.isascii() and number.isdigit() and form.get("lieu_cherche") == found.words:
        try:
            chosen = await page.ask(PlaceOf(place_id=int(number)))
        except (Problem, ValueError):
            form.fault("lieu", page.words("Ce lieu n’est plus dans la liste : cherchez-le à nouveau."))
            return None
        found.chosen_id = chosen.place_id
        return chosen
    found.choices = (await page.ask(PlacesLike(words=found.words, limit=_CHOICES_MAX))).items
    meant = [each for each in found.choices if each.label.casefold() == found.words.casefold()] or found.choices
    if len(meant) == 1:
        found.chosen_id = meant[0].place_id
        return meant[0]
    form.fault(
        "lieu",
        page.words("Plusieurs lieux portent ce nom : choisissez lequel.")
        if meant
        else page.words("Nous ne trouvons pas ce lieu. Essayez le nom de la commune, ou son code postal."),
    )
    return None


def _placed(found: PlaceField, chosen: GazetteerPlace, form: Form, page: Page) -> Place | None:
    name = f"{found.spot}, {chosen.name}" if found.spot else chosen.name
    latitude, longitude = chosen.latitude, chosen.longitude
    if found.point:
        if not (read := _POINT.fullmatch(found.point)):
            form.fault("point", page.words("Écrivez la latitude puis la longitude, par exemple « 44.728, 5.022 »."))
            return None
        latitude, longitude = float(read[1]), float(read[2])
    try:
        return Place(name=name, latitude=latitude, longitude=longitude, gazetteer_id=chosen.place_id)
    except ValueError:
        form.fault("point" if found.point else "lieu_nom", page.words("Ceci ne va pas : vérifiez ce champ."))
        return None
