"""Refusals of identity: accounts, sessions, the manifesto."""

from collections.abc import Mapping

from gateway.web.refusals.marked import _

BY_KIND: Mapping[str, str] = {
    "HandleIsTaken": _("Ce nom est déjà pris, ou ressemble trop à un autre. Choisissez-en un autre."),
    "HandleNotAllowed": _(
        "Ce nom ne va pas : il faut 3 à 30 signes d’un même alphabet, des lettres et des chiffres, sans espace."
        " Les points et les tirets sont permis."
    ),
    "ManifestoNotCurrent": _("Le manifeste a changé entre-temps. Relisez-le, puis approuvez-le."),
    "MemberIsErased": _("Ce compte a été effacé. Il ne peut plus servir."),
    "PasswordIsWeak": _("Ce mot de passe se devine trop facilement. Allongez-le : une phrase, c’est très bien."),
    "RefreshTokenNotValid": _("Votre session est finie. Reconnectez-vous pour continuer."),
    "RefreshTokenUsedTwice": _(
        "Votre session a été fermée par précaution : elle a peut-être été copiée. Reconnectez-vous."
    ),
    "TooBusy": _("Beaucoup de monde arrive en même temps. Réessayez dans quelques secondes ; rien n’est perdu."),
    "WrongHandleOrPassword": _("Le nom ou le mot de passe n’est pas le bon."),
    "WrongPassword": _("Ce n’est pas votre mot de passe. Rien n’a été changé."),
}
