"""What is so in the invented town of `crest.py`: who there is, and what they found, call, write and vote about."""

from itertools import cycle, islice
from typing import Any, Final

MIDDLE: Final = (44.7286, 5.0223)
"""Latitude and longitude of the middle of Crest."""

NADIA: Final = "nadia.benali"
"""Whose eyes the pages are seen with."""

ODILE: Final = "odile.roussin"

PEOPLE: Final = (
    ODILE,
    NADIA,
    *("mehdi.kaci", "louise.chastan", "bernard.vial", "yvette.arnaud", "samir.h", "claire.dumas", "theo.brun"),
    *("josiane.p", "karim.b", "lea.moulin", "paul.eyraud", "ines.robert", "marcel.g", "anouk.f", "hugo.lambert"),
    *("fatima.z", "rene.faure", "camille.s", "lucie.bonnet", "denis.roux", "aicha.m", "simon.v"),
)

SAUPONT: Final = "Voisins du Saupont"

GROUPS: Final[tuple[dict[str, Any], ...]] = (
    {
        "name": SAUPONT,
        "purpose": "Se parler, s’entraider et décider de ce qui change dans le quartier.",
        "at": ("Quartier du Saupont", -700, 400),
        "members": PEOPLE,
    },
    {
        "name": "La Roue libre",
        "purpose": "Réparer les vélos ensemble, et apprendre à le faire soi-même.",
        "at": ("Quai des Marronniers", -96, 650),
        "members": ("mehdi.kaci", NADIA, *PEOPLE[4:15]),
    },
    {
        "name": "Cantine du Champ de Mars",
        "purpose": "Une soupe chaude pour tout le monde, chaque mardi, à prix libre.",
        "at": ("Salle Coloriage, Champ de Mars", -110, -240),
        "members": ("louise.chastan", NADIA, *PEOPLE[5:18]),
    },
    {
        "name": "Collectif Rivière Drôme",
        "purpose": "Veiller sur la rivière, ses crues et ses baignades.",
        "at": ("Maison des associations", 180, -880),
        "members": ("bernard.vial", NADIA, *PEOPLE[9:20]),
    },
    {
        "name": "Chorale des Remparts",
        "purpose": "Chanter sans se prendre au sérieux, le mardi soir.",
        "at": ("Église Saint-Sauveur", -36, 126),
        "members": ("yvette.arnaud", *PEOPLE[6:20]),
    },
    {
        "name": "Jardins de la Saleine",
        "purpose": "Cultiver ensemble, échanger des graines, prendre l’air.",
        "at": ("La Saleine", 115, -555),
        "members": ("claire.dumas", *PEOPLE[10:24]),
    },
    {
        "name": "Parents du quai",
        "purpose": "L’école, la cantine, les trajets : ce que les parents ont à se dire.",
        "at": ("École du quai", -250, 980),
        "members": ("karim.b", *PEOPLE[12:22]),
        "by_request": True,
    },
    {
        "name": "Covoiturage Crest–Valence",
        "purpose": "Partager les trajets du matin et du soir.",
        "at": ("Gare de Crest", -60, -615),
        "members": ("theo.brun", *PEOPLE[14:20]),
    },
    {
        "name": "Four à pain du Saupont",
        "purpose": "Rallumer le four du quartier, le vendredi.",
        "at": ("Chemin du four", -900, 700),
        "members": (ODILE, NADIA, *PEOPLE[2:8]),
        "within": SAUPONT,
    },
)

GATHERINGS: Final[tuple[dict[str, Any], ...]] = (
    {
        "group": "Cantine du Champ de Mars",
        "name": "Soupe partagée",
        "description": "On épluche à 17 h, on mange à 19 h. Apportez un bol et une cuillère.\n\n* prix libre\n"
        "* sans inscription\n* les enfants sont les bienvenus",
        "day": 1,
        "time": "19:00",
        "at": ("Salle Coloriage, Champ de Mars", -110, -240),
        "capacity": 40,
        "come": 14,
    },
    {
        "group": "Chorale des Remparts",
        "name": "Répétition ouverte de la chorale",
        "day": 1,
        "time": "20:30",
        "at": ("Église Saint-Sauveur", -36, 126),
        "capacity": 12,
        "come": 14,
    },
    {
        "group": "Collectif Rivière Drôme",
        "name": "Réunion : passerelle et crues de la Drôme",
        "day": 2,
        "time": "18:30",
        "at": ("Maison des associations", 180, -880),
        "come": 9,
    },
    {
        "group": SAUPONT,
        "name": "Visite de l’ancienne scierie",
        "description": "Venez voir les lieux avant de voter. Prévoyez de **bonnes chaussures** : la friche est humide.",
        "day": 3,
        "time": "14:00",
        "at": ("Ancienne scierie", -566, 398),
        "capacity": 40,
        "come": 21,
    },
    {
        "group": "La Roue libre",
        "name": "Atelier freins et dérailleurs",
        "day": 4,
        "time": "9:00",
        "at": ("Quai des Marronniers", -96, 650),
        "come": 7,
    },
    {
        "group": "Jardins de la Saleine",
        "name": "Troc de graines et de plants",
        "day": 6,
        "time": "16:00",
        "at": ("La Saleine", 115, -555),
        "come": 11,
    },
    {
        "group": SAUPONT,
        "name": "Assemblée du quartier",
        "day": 8,
        "time": "18:30",
        "at": ("Salle du Saupont", -640, 330),
        "come": 12,
    },
    {
        "group": SAUPONT,
        "name": "Grand ménage du lavoir",
        "day": 15,
        "time": "10:00",
        "at": ("Lavoir", -520, 210),
        "come": 6,
    },
)

PLACES: Final[tuple[dict[str, Any], ...]] = (
    {
        "group": SAUPONT,
        "name": "Four à pain du Saupont",
        "words": "Allumé le vendredi de 16 h à 19 h. Apportez votre pâte levée.",
        "at": ("Chemin du four", -900, 700),
    },
    {
        "group": "La Roue libre",
        "name": "Café L’Établi",
        "words": "Café associatif : on y lit, on y répare, on y parle.",
        "at": ("Gare de Crest", -60, -615),
    },
    {
        "group": "Jardins de la Saleine",
        "name": "Grainothèque de la Saleine",
        "words": "Prenez trois sachets, rapportez-en un l’an prochain.",
        "at": ("La Saleine", 120, -560),
    },
)

TEXTS: Final[tuple[dict[str, str], ...]] = (
    {
        "group": SAUPONT,
        "by": "yvette.arnaud",
        "title": "Pas de bruit après 21 h à la scierie",
        "text": "Les fêtes à la scierie finissent à **21 h**, sauf accord des voisins.\n\n"
        "* on prévient trois jours avant\n* le samedi, jusqu’à 23 h",
    },
    {
        "group": SAUPONT,
        "by": NADIA,
        "title": "Un composteur place de la Halle",
        "text": "Un composteur de quartier, tenu à tour de rôle, et ouvert à qui trie.",
    },
)

_SCIERIE = (
    "Une halle couverte pour le marché",
    "Un jardin partagé et un verger",
    "Une aire de jeux et de boules",
    "Un atelier de réparation",
    "Laisser la friche vivre",
)
_FETE = ("La place du Saupont", "Le pré du moulin", "La cour de l’école", "Le quai des Marronniers")
_PROJETS = ("Réparer la passerelle du moulin", "Un four à pain", "Éclairer le chemin des écoles")
_MENTIONS = ("À rejeter", "Insuffisant", "Passable", "Bien", "Très bien")


def _ranked(options: tuple[str, ...], orders: tuple[tuple[int, ...], ...], number: int) -> list[dict[str, Any]]:
    return [{"choices": [options[place] for place in order]} for order in islice(cycle(orders), number)]


def _graded(options: tuple[str, ...], marks: tuple[tuple[int, ...], ...], number: int) -> list[dict[str, Any]]:
    return [{"choices": list(options), "marks": list(each)} for each in islice(cycle(marks), number)]


def _plain(choices: tuple[str, ...], number: int) -> list[dict[str, Any]]:
    return [{"choices": [choice]} for choice in islice(cycle(choices), number)]


def _over(question: str, terms: dict[str, Any], method: str, ballots: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "group": SAUPONT,
        "question": question,
        "method": method,
        "closes": 2,
        "terms": terms,
        "ballots": ballots,
        "is_over": True,
    }


FETE: Final = "Où faire la fête du quartier ?"
PROJETS: Final = "Budget commun : que pensez-vous de chaque projet ?"
SCIERIE: Final = "Que faire de l’ancienne scierie ?"
HALLE: Final = "Quel soir pour l’assemblée ?"

POLLS: Final[tuple[dict[str, Any], ...]] = (
    _over("Une boîte à livres au lavoir ?", {"options": ["Oui", "Non"]}, "single", _plain(("Oui", "Oui", "Non"), 18)),
    _over(
        "Qui tient la caisse cette année ?",
        {"options": ["odile.roussin", "mehdi.kaci"]},
        "single",
        _plain(("odile.roussin", "mehdi.kaci", "odile.roussin"), 20),
    ),
    _over("Planter un tilleul devant l’école ?", {"options": ["Oui", "Non"]}, "single", _plain(("Oui", "Non"), 15)),
    _over(
        PROJETS,
        {"options": list(_PROJETS), "settings": {"grades": list(_MENTIONS)}, "rules": {"quorum_roll": [1, 3]}},
        "judgment",
        _graded(_PROJETS, ((4, 3, 2), (3, 1, 3), (4, 2, 3), (2, 4, 1), (3, 3, 4)), 19),
    ),
    _over(
        FETE,
        {"options": list(_FETE), "rules": {"quorum_roll": [1, 2]}},
        "ranked",
        _ranked(_FETE, ((0, 1), (1, 0, 2), (0, 2), (2, 1), (3, 1, 0), (1, 3), (0, 3, 1), (2, 0)), 22),
    ),
    {
        "group": SAUPONT,
        "question": SCIERIE,
        "method": "ranked",
        "closes": 3,
        "terms": {
            "options": list(_SCIERIE),
            "rules": {"quorum_roll": [1, 2]},
            "results": "hidden",
            "explanation": "La mairie confirme que le terrain peut rester communal si nous lui présentons un projet "
            "avant le 15 janvier.",
        },
        "ballots": _ranked(_SCIERIE, ((0, 1, 4), (1, 0), (2, 3), (3, 1, 0), (4, 1)), 16),
        "from": 2,
    },
    {
        "group": SAUPONT,
        "question": HALLE,
        "method": "approval",
        "closes": 5,
        "terms": {"options": ["Le mardi", "Le jeudi", "Le vendredi"], "takes_delegations": True},
        "ballots": _plain(("Le jeudi", "Le mardi", "Le jeudi"), 11),
    },
    {
        "group": SAUPONT,
        "question": "Un second composteur près du lavoir ?",
        "method": "consent",
        "closes": 6,
        "terms": {},
        "ballots": [],
    },
    {
        "group": "La Roue libre",
        "question": "Quel jour pour l’atelier ?",
        "method": "approval",
        "closes": 5,
        "terms": {"options": ["Le mercredi", "Le samedi"]},
        "ballots": _plain(("Le samedi", "Le mercredi", "Le samedi"), 5),
        "from": 2,
    },
)
