"""Refusals around a text: its versions, amendments, supports, and its way to the vote."""

from collections.abc import Mapping

from gateway.web.refusals.marked import _

BY_KIND: Mapping[str, str] = {
    "AmendmentIsInVote": _("Le groupe vote en ce moment sur un changement du texte. Attendez le résultat."),
    "AmendmentIsSettled": _("Ce changement a déjà été repris, retiré ou écarté. Rien n’a été changé."),
    "AuthorHasTheWord": _(
        "Pendant la discussion, c’est d’abord à la personne qui a écrit le texte de répondre. Le groupe votera ensuite."
    ),
    "ChangesNothing": _("Le texte dit déjà cela : il n’y a rien à changer."),
    "DiscussionGoesOn": _("La discussion n’est pas finie : le texte peut encore changer. Le vote vient après."),
    "DiscussionIsOver": _(
        "La discussion est finie : le texte ne change plus que par un vote. Rien n’a été enregistré."
    ),
    "DiscussionIsTooLong": _(
        "Une discussion finit plus tard que maintenant, et d’ici un an. Choisissez une autre date."
    ),
    "NotSupported": _("Vous ne souteniez pas cette proposition. Rien n’a été changé."),
    "NotTheAuthor": _("Seule la personne qui l’a écrit peut faire cela. Rien n’a été changé."),
    "NotWhatIsVotedOn": _("Ce résultat est celui d’un autre vote. Rien n’a été changé."),
    "ProposalIsInVote": _("Ce texte est soumis au vote : il ne peut plus changer. Rien n’a été enregistré."),
    "ProposalIsSettled": _("Cette proposition est décidée ou retirée. Rien n’a été enregistré."),
    "SupportIsMissing": _("Trop peu de membres la soutiennent encore pour voter. Parlez-en autour de vous."),
    "TextHasChanged": _(
        "Le texte a changé pendant que vous écriviez. Relisez la nouvelle version ; la vôtre est encore dans le"
        " formulaire."
    ),
    "TextIsTooLong": _("Ce texte est trop long pour ce nœud. Raccourcissez-le ; il n’est pas perdu."),
}
