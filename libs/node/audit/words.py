"""The words of an audit's page, in French and English."""

from collections.abc import Mapping

from libs.audit.report import PollNote, Unchecked

_BOTH: Mapping[str, tuple[str, str]] = {
    "title": ("Audit du registre des votes", "Audit of the vote log"),
    "made": ("Fait le", "Made on"),
    "entries": ("entrées", "entries"),
    "clean": ("Tout concorde.", "Everything agrees."),
    "unclean": ("Tout ne concorde pas.", "Not everything agrees."),
    "seal": ("Signatures et témoins", "Signatures and witnesses"),
    "log": ("Registre", "Log"),
    "sealed": ("Scellé", "Sealed"),
    "root": ("Racine de l’arbre", "Root of the tree"),
    "signed": ("Signé avec la clé", "Signed with the key"),
    "former_key": ("Clé précédente", "Former key"),
    "witnesses": ("Témoins", "Witnesses"),
    "tiles": ("Tuiles comparées", "Tiles compared"),
    "unsealed": ("Ce registre n’est pas scellé.", "This log is not sealed."),
    "checked": ("Ce qui a été vérifié", "What was checked"),
    "unchecked": ("Ce qui n’a pas pu l’être", "What could not be checked"),
    "check_entries": (
        "Chaque entrée : sa forme, sa place, son auteur ; aucune n’y est deux fois.",
        "Every entry: its form, its place, its author; none is there twice.",
    ),
    "check_rolls": (
        "Les listes d’électeurs, figées à l’ouverture ; chacun y vote une fois au plus.",
        "The rolls, frozen at the opening; everybody on them votes once at most.",
    ),
    "check_counts": (
        "Chaque scrutin clos a été compté à nouveau et comparé au résultat déclaré.",
        "Every closed poll was counted again and compared with what was declared.",
    ),
    "check_seal": (
        "La signature du registre et celles de ses témoins.",
        "The signature of the log and those of its witnesses.",
    ),
    "check_tiles": (
        "Chaque tuile et la racine, refaites à partir des entrées et comparées à l’octet près.",
        "Every tile and the root, made again from the entries and compared to the byte.",
    ),
    "check_shown": (
        "Les résultats affichés par le nœud.",
        "The results that the node shows.",
    ),
    "poll": ("Scrutin", "Poll"),
    "method": ("Méthode", "Method"),
    "options": ("Options", "Options"),
    "opened": ("Ouvert", "Opened"),
    "closed": ("Clos", "Closed"),
    "voters": ("Électeurs", "Voters"),
    "ballots": ("Bulletins", "Ballots"),
    "on_paper": ("dont sur papier :", "on paper:"),
    "blank_count": ("blancs :", "blank:"),
    "seed": ("Graine du tirage", "Seed of lots"),
    "declared": ("Résultat déclaré", "Result declared"),
    "result": ("Résultat", "Result"),
    "open": ("le scrutin est ouvert", "the poll is open"),
    "uncountable": ("ne peut être compté", "cannot be counted"),
    "nobody": ("personne", "nobody"),
    "none": ("aucun", "none"),
    "passed": ("— adopté selon les règles du scrutin", "— passed by the rules of the poll"),
    "not_passed": ("— non adopté selon les règles du scrutin", "— not passed by the rules of the poll"),
    "rounds": ("Le décompte, tour par tour", "The count, round by round"),
    "exhausted": ("Bulletins épuisés", "Exhausted ballots"),
    "tie": ("À égalité :", "Level:"),
    "stands": ("l’égalité demeure", "the tie stands"),
    "late": (
        "Arrivés après la clôture et non comptés, entrées :",
        "Came behind the close and not counted, entries:",
    ),
    "every_ballot": ("Chaque bulletin", "Every ballot"),
    "entry": ("Entrée", "Entry"),
    "voter": ("Électeur", "Voter"),
    "ballot": ("Bulletin", "Ballot"),
    "blank": ("blanc", "blank"),
    "replaced": ("remplacé", "replaced"),
    "withdrawn": ("retiré", "withdrawn"),
    "withdrawal": ("retrait", "taken back"),
    "invalid": ("non comptable", "cannot be counted"),
    "paper": ("Bulletins sur papier", "Ballots on paper"),
    "struck": ("annulé", "struck"),
    "text": ("Le texte soumis au vote", "The text that is voted on"),
    "amendment": ("L’amendement soumis au vote", "The amendment that is voted on"),
    "version": ("Version", "Version"),
    "delegations": ("Voix confiées pour ce vote", "Votes entrusted for this poll"),
    "carried": ("Voix portées au dépouillement", "Votes carried at the count"),
    "delegate": ("Confiée à", "Entrusted to"),
    "carrier": ("Portée par", "Carried by"),
    "until": ("jusqu’à l’entrée", "until entry"),
    "lost_cycle": ("personne : les délégations tournent en rond", "nobody: the delegations run in a circle"),
    "lost_no ballot": ("personne : pas de bulletin au bout", "nobody: no ballot at the end"),
    "lost_not on the roll": ("personne : pas sur la liste", "nobody: not on the roll"),
    "lost_cap": ("personne : le nombre permis était atteint", "nobody: as many as are allowed were carried"),
    "silent": ("Sur la liste, sans bulletin", "On the roll, without a ballot"),
    "quorum_roll": ("Quorum, part de la liste", "Quorum, of the roll"),
    "quorum_ballots": ("Quorum, bulletins", "Quorum, ballots"),
    "threshold": ("Majorité", "Threshold"),
    "seats": ("Sièges", "Seats"),
    "score_max": ("Note maximale", "Highest score"),
    "grades": ("Mentions", "Grades"),
    "budget": ("Budget", "Budget"),
    "topic": ("Sujet", "Topic"),
    "method_approval": ("approbation", "approval"),
    "method_single": ("choix unique", "single choice"),
    "method_ranked": ("classement, vote alternatif", "ranked, instant-runoff"),
    "method_consent": ("consentement", "consent"),
    "method_score": ("notes", "score"),
    "method_judgment": ("jugement majoritaire", "majority judgment"),
    "method_schulze": ("classement, Schulze", "ranked, Schulze"),
    "method_stv": ("vote unique transférable", "single transferable vote"),
    "method_borda": ("classement, Borda", "ranked, Borda"),
    "method_dots": ("points à répartir", "dots"),
    "method_budget": ("budget participatif", "participatory budget"),
    "method_date": ("choix d’une date", "find a date"),
}

FRENCH = {name: words[0] for name, words in _BOTH.items()}
ENGLISH = {name: words[1] for name, words in _BOTH.items()}

_UNCHECKED_IN_FRENCH = {
    "unsealed": "Le registre n’est pas scellé : ni clé, ni témoin, ni tuile n’ont pu être vérifiés.",
    "first-sight": "La clé du registre a été crue sur parole : {}. À comparer avec ce qu’en savent d’autres.",
    "no-witness": "Aucun témoin n’était exigé : un registre qui montre autre chose à d’autres passerait inaperçu.",
    "tail": "Les {} dernières entrées ne sont pas encore scellées.",
    "before": "Les tuiles des {} premières entrées ont été comparées lors de leur audit.",
    "sealed-polls": "{} scrutins ne sont que pour leur groupe et n’ont pas été comptés.",
    "not-shown": "Les résultats affichés par le nœud n’étaient pas là pour être comparés.",
}


_NOTES_IN_FRENCH = {
    "cancelled": "Le scrutin a été annulé : {}",
    "disputed": "La liste est contestée : {}",
    "objected-recount": "Le résultat est contesté, un nouveau décompte est demandé : {}",
    "objected-review": "Le résultat est contesté, un nouveau vote est demandé : {}",
    "roll-otherwise": "La liste porte {} électeurs ; à l’ouverture, {} membres pouvaient en être d’après le registre.",
    "after-time": "{} bulletins sont arrivés après l’heure dite et avant la clôture ; ils comptent.",
    "sealed-delegations": "Ses délégations ne sont que pour le groupe ; sans la clé du groupe il ne peut être compté.",
}


def in_french(said: Unchecked | PollNote) -> str:
    """Return in French what could not be checked, or what is noted of a poll."""
    if isinstance(said, PollNote):
        return _NOTES_IN_FRENCH[said.name].format(*said.values)
    return _UNCHECKED_IN_FRENCH[said.name].format(said.value)
