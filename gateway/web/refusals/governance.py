"""Refusals around a vote: the ballot, the roll, delegations, results and what follows from them."""

from collections.abc import Mapping

from gateway.web.refusals.marked import _

BY_KIND: Mapping[str, str] = {
    # The ballot.
    "NoBallotYet": _("Vous n’avez pas de bulletin dans ce vote."),
    "NotOnTheRoll": _(
        "Vous n’êtes pas sur la liste de ce vote, figée à son ouverture. Votre bulletin n’est pas parti ; vous"
        " voterez au prochain."
    ),
    "PaperIsNotAllowed": _("Ce vote ne prend pas de bulletins en papier. Rien n’a été enregistré."),
    "PollIsCancelled": _("Ce vote est annulé : une erreur y a été trouvée. Votre bulletin n’est pas parti."),
    "PollIsClosed": _("Votre bulletin n’est pas parti : le vote est fermé. Rien n’a été enregistré."),
    "ReasonGoesWithBlock": _("Pour vous opposer, dites pourquoi en une phrase. Votre bulletin n’est pas encore parti."),
    "ResultsAreHidden": _("Personne ne lit les bulletins de ce vote avant sa fermeture, pas même nous."),
    "UncountableBallot": _("Ce bulletin ne peut pas être compté. Vérifiez vos choix ; il n’est pas encore parti."),
    # Opening a vote.
    "OptionsAreAlike": _("Deux choix se ressemblent trop pour être distingués. Changez l’un des deux."),
    "PollIsStillOpen": _("Ce vote dure jusqu’à son heure : personne ne peut le fermer avant."),
    "PollIsTooLong": _("Cette question et ses choix sont trop longs. Raccourcissez-les ; rien n’est perdu."),
    "TimeIsUp": _("Un vote ferme plus tard que maintenant, et d’ici un an. Choisissez une autre date."),
    "UncountablePoll": _("Avec ces règles, ce vote ne pourrait pas être compté. Changez la méthode ou les règles."),
    "NothingToReplace": _("Le vote à remplacer n’est pas un vote annulé de ce groupe. Rien n’a été ouvert."),
    "EverybodyMayRead": _("Tout le monde peut lire ce vote : il n’a besoin de personne pour le contrôler."),
    "AuditorsAreMany": _("Ce vote a déjà autant de personnes pour le contrôler qu’il peut en avoir."),
    # The roll.
    "NotAllAreMembers": _("La liste nomme quelqu’un qui n’est pas dans le groupe. Corrigez-la ; rien n’a été ouvert."),
    "NotTheirSubgroup": _("La liste nomme un sous-groupe qui n’est pas de ce groupe. Rien n’a été ouvert."),
    "RollIsDisputed": _("Vous avez déjà dit ce qui ne va pas dans cette liste ; c’est affiché avec le vote."),
    "RollIsEmpty": _("Personne ne pourrait voter avec ces règles. Élargissez la liste ; rien n’a été ouvert."),
    "RollIsSettled": _("Le temps pour contester la liste de ce vote est passé. Rien n’a été enregistré."),
    "RollIsTooLong": _("Ce groupe est trop grand pour un seul vote sur ce nœud. Rien n’a été ouvert."),
    # Delegations.
    "DelegateIsNotAMember": _("Seul un membre du groupe peut voter pour vous. Choisissez quelqu’un du groupe."),
    "DelegateIsNotOnTheRoll": _("Cette personne n’est pas sur la liste de ce vote : elle ne peut pas voter pour vous."),
    "DelegationsAreNotTaken": _("Ici, chaque personne vote pour elle-même. Rien n’a été confié."),
    "NoDelegationsHere": _("Les usages du groupe sont que chaque personne vote pour elle-même. Rien n’a été ouvert."),
    "NoDelegationYet": _("Vous n’avez confié votre voix à personne ici."),
    "NotToOneself": _("On ne se confie pas sa propre voix : votez, tout simplement."),
    "RollIsTooLongToDelegate": _(
        "Ce vote a trop de personnes pour que des voix y soient confiées. Rien n’a été ouvert."
    ),
    # Results, and what follows from them.
    "NothingFollowsYet": _("Le résultat n’est pas encore connu : attendez qu’il soit proclamé."),
    "NotForMembers": _("Le nœud fait cela de lui-même, au moment voulu. Il n’y a rien à demander."),
    "NotYourTask": _("Seules l’intendance et la personne qui s’en charge peuvent dire où en est cette tâche."),
    "ObjectedAlready": _("Vous avez déjà contesté ce résultat, pour une autre raison. La première reste."),
    "ObjectionsAreOver": _("Le temps pour contester ce résultat est passé. Rien n’a été enregistré."),
    "ResultIsNotYet": _("Le résultat n’est pas encore là : le vote est ouvert, ou le compte est en cours."),
    "ReviewIsNotDue": _("Le jour du bilan n’est pas encore venu. Rien n’a été enregistré."),
    "ReviewIsPast": _("Un bilan se prévoit pour un jour à venir. Choisissez une autre date."),
    "ReviewWasHeld": _("Le groupe a déjà revoté sur cela, ou le fait en ce moment. C’est ce vote-là qui compte."),
    # Customs of the group.
    "TemplateCannotBeCounted": _(
        "Avec ces règles, aucun vote ne pourrait être compté. Changez la méthode ou les règles."
    ),
    "TemplateWasDropped": _("Ce modèle de vote n’est plus en usage dans le groupe. Choisissez-en un autre."),
}
