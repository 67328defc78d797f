"""Refusals of the node itself, before any service is asked; and what is said where nothing better is known."""

from collections.abc import Mapping

from gateway.web.refusals.marked import _

BY_STATUS: Mapping[int, str] = {
    400: _("Cela n’a pas été compris. Rien n’a été enregistré."),
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

BY_KIND: Mapping[str, str] = {
    "BadCursor": _("Cette suite de liste n’existe plus. Revenez au début de la liste."),
    "BoxIsUpsideDown": _("Ce coin de carte ne se lit pas. Choisissez un lieu par son nom."),
    "GazetteerIsLoading": _("Les noms de lieux arrivent sur ce nœud. Réessayez dans quelques minutes."),
    "HalfAPoint": _("Il manque la moitié de la position. Choisissez un lieu par son nom."),
    "KeyWasUsed": _("Ce formulaire a déjà servi à autre chose. Rechargez la page ; rien de plus n’a été enregistré."),
    "ManifestoNotApproved": _("Le manifeste a changé. Lisez-le et approuvez-le pour continuer."),
    "NotFromHere": _("Ce formulaire vient d’ailleurs, ou a été ouvert il y a trop longtemps. Rien n’a été enregistré."),
    "NotSealedYet": _("Reçu, pas encore scellé. Cela prend quelques secondes ; rien n’est perdu."),
    "ServiceIsAway": _(
        "Le nœud redémarre ou est très occupé. Nous ne savons pas si c’est arrivé : regardez, puis réessayez"
        " dans un instant."
    ),
    "SessionIsOver": _("Votre session est finie. Reconnectez-vous pour continuer."),
    "TokenIsExpired": _("Votre session est finie. Reconnectez-vous pour continuer."),
}
