"""Refusals of groups and pages."""

from collections.abc import Mapping

from gateway.web.refusals.marked import _

BY_KIND: Mapping[str, str] = {
    "ForMembers": _("Seuls les membres du groupe voient cela. Vous pouvez demander à le rejoindre."),
    "GroupHasNoSteward": _("Ce groupe n’a personne à l’intendance en ce moment : il ne peut accueillir personne."),
    "LastSteward": _("Vous êtes la seule personne à l’intendance du groupe. Nommez d’abord quelqu’un d’autre."),
    "NoSubgroupsHere": _("Un sous-groupe n’a pas de sous-groupes. Fondez-le dans le groupe principal."),
    "NotAMember": _("Cette personne n’est pas, ou n’est plus, dans le groupe. Rien n’a été changé."),
    "NotASteward": _("Seule l’intendance du groupe peut faire cela. Rien n’a été changé."),
    "NotAsked": _("Cette personne n’a pas demandé à entrer, ou a repris sa demande. Rien n’a été changé."),
    "NotFollowing": _("Vous ne suivez pas cette page. Rien n’a été changé."),
    "NotYourPage": _("Seules les personnes qui tiennent cette page peuvent la changer. Rien n’a été changé."),
    "PageIsClosed": _("Cette page est fermée. Rien n’a été changé."),
}
