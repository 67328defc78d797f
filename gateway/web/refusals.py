"""
Why something was refused, as a member reads it: what happened, whether it counts, what now.

The services say why in English, for programs; here each refusal that a page can meet has its sentence by its stable
name. What has none is told by its status.
"""

from collections.abc import Mapping
from typing import Protocol

from gateway import problems
from gateway.web.words import Words
from libs.errors import Problem


class _Say(Protocol):
    def __call__(self, message: str, /) -> str: ...


def _(message: str) -> str:
    """Mark *message* for translation; it is translated where it is shown."""
    return message


_BY_STATUS: Mapping[int, str] = {
    401: _("Connectez-vous d’abord."),
    403: _("Vous ne pouvez pas faire cela ici."),
    404: _("Il n’y a rien à cette adresse, ou ce n’est pas pour vous."),
    405: _("Cette adresse ne prend pas ce que vous avez envoyé."),
    409: _("Ce n’est plus possible : les choses ont changé entre-temps. Rechargez la page."),
    413: _("C’est trop gros pour ce nœud."),
    422: _("Cela n’a pas été compris. Rien n’a été enregistré."),
    429: _("Trop d’essais. Attendez un peu."),
    500: _("C’est de notre faute. Rien n’a été enregistré. Réessayez ; si cela dure, prévenez qui tient ce nœud."),
    503: _("Le nœud est occupé ou redémarre. Réessayez dans un instant."),
}

_BY_KIND: Mapping[str, str] = {
    "ManifestoNotApproved": _("Le manifeste a changé. Lisez-le et approuvez-le pour continuer."),
    "NotFromHere": _("Ce formulaire vient d’ailleurs, ou a été ouvert il y a trop longtemps. Rien n’a été enregistré."),
    "WrongHandleOrPassword": _("Le nom ou le mot de passe n’est pas le bon."),
    "HandleIsTaken": _("Ce nom est déjà pris, ou ressemble trop à un autre. Choisissez-en un autre."),
    "ManifestoNotCurrent": _("Le manifeste a changé entre-temps. Relisez-le, puis approuvez-le."),
}


def refusal(kind: str, status: int, words: Words) -> str:
    """Return the sentence for a refusal named *kind*."""
    return words(_BY_KIND.get(kind) or _BY_STATUS.get(status) or _BY_STATUS[500])


def told(problem: Problem, words: Words) -> str:
    """Return the sentence for *problem*."""
    status, kind, _detail = problems.of(problem)
    return refusal(kind, status, words)
