"""Refusals of gatherings."""

from collections.abc import Mapping

from gateway.web.refusals.marked import _

BY_KIND: Mapping[str, str] = {
    "EndsBeforeStart": _("La fin vient avant le début. Corrigez l’heure ou le jour de la fin."),
    "GatheringIsCancelled": _("Cette rencontre est annulée. Votre réponse n’a pas été enregistrée."),
    "GatheringIsOver": _("Cette rencontre a déjà eu lieu. Rien n’a été enregistré."),
    "NoSuchTime": _("Cette heure n’existe pas ce jour-là : on passe à l’heure d’été. Choisissez-en une autre."),
    "NoSuchTimeZone": _("Ce fuseau horaire n’existe pas. Choisissez-en un dans la liste, par exemple Europe/Paris."),
    "NotYours": _("Seules la personne qui organise et l’intendance du groupe peuvent changer cette rencontre."),
    "OffsetDisagrees": _("L’heure et le fuseau horaire ne vont pas ensemble. Choisissez l’heure à nouveau."),
    "StartsInThePast": _("Ce moment est déjà passé. Choisissez une date à venir."),
    "TimeIsTwofold": _(
        "Cette heure a lieu deux fois ce jour-là : on revient à l’heure d’hiver. Choisissez-en une autre."
    ),
    "TooLong": _("C’est trop long pour une rencontre : un mois au plus. Rapprochez la fin du début."),
    "TooFarAhead": _(
        "C’est trop loin : personne ne sait encore quelle heure il sera. Choisissez une date plus proche."
    ),
}
