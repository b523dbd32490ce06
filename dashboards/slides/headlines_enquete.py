"""Headlines of the survey, of the local report and of the conclusion."""

from dashboards import formats
from dashboards.figures.view import RESPONDENTS, View, label
from dashboards.formats import NBSP, counted
from dashboards.slides.headlines import FEW, NOTHING, Headline, versus
from schemas.context.contexte import EVENEMENT, POPULATION, targets

NO_ANSWER = "Aucun organisme de ce périmètre n'a répondu à l'enquête"
TOWARDS = {
    "JEUNES": "vers les jeunes",
    "JEUNES_FRAGILITE": "vers les jeunes en fragilité",
    "HANDICAP": "vers les personnes vivant un handicap",
    "DEMANDEURS_EMPLOI": "vers les demandeurs d'emploi",
    "PARENTALITE": "vers les jeunes parents",
    "INDEPENDANTS": "vers les travailleurs indépendants",
    "PROCHES_AIDANTS": "vers les proches aidants",
    "ECROUES": "vers les personnes écrouées",
    "MONOPARENTALITE": "vers les familles monoparentales",
    "PERTE_PROCHE": "vers les personnes ayant perdu un proche",
    "ASE": "vers les bénéficiaires de l'ASE",
}


def _number(view: View, indicator: str, modality: str = "") -> float | None:
    return view.subject(indicator, modality).valeur


def _silent(view: View) -> str:
    """What to say where a figure of the survey is missing."""
    return NOTHING if _number(view, RESPONDENTS) else NO_ANSWER


def finding(headline: Headline) -> Headline:
    """A headline as a sentence among others."""

    def sentence(view: View) -> str:
        return f"{headline(view)}."

    return sentence


def _respondents_who(view: View, words: str, indicator: str, modality: str = "") -> str:
    """The share of the respondents that do what the words say, beside the comparator; of a few, their number."""
    cell = view.subject(indicator, modality)
    if cell.denominateur is not None and cell.numerateur is not None and cell.denominateur < FEW:
        number, total = formats.nombre(cell.numerateur), formats.nombre(cell.denominateur)
        return f"Organismes répondants qui {words}{NBSP}: {number} sur {total}"
    return f"{formats.part(cell.valeur)} des organismes répondants {words}{versus(view, indicator, modality)}"


# --- aller vers ---


def aller_vers(view: View) -> str:
    number, outside = _number(view, "aller_vers.actions"), _number(view, "aller_vers.actions_hors_les_murs")
    if number is None:
        return _silent(view)
    told = f"{counted(number, 'action', 'actions')} «{NBSP}aller vers{NBSP}» en {view.subject.scope.annee}"
    return told if outside is None else f"{told}, dont {formats.nombre(outside)} hors les murs"


def people(view: View) -> str:
    reached = [_number(view, "aller_vers.personnes_informees", m) for m in ("HORS_CONTACTS", "CONTACT_SORTANT")]
    if None in reached:
        return ""
    apart, contacts = (formats.nombre(n) for n in reached)
    return f"Personnes informées{NBSP}: {contacts} par des contacts sortants, {apart} autrement."


def partnerships(view: View) -> str:
    found = {
        m: _number(view, "conventions.organismes", m) or 0.0 for m in view.subject.modalities("conventions.organismes")
    }
    if not found:
        return _silent(view)
    first = max(found, key=lambda m: found[m])
    if view.subject.scope.niveau == "organisme":
        declined = sum(1 for n in found.values() if n)
        return f"{counted(declined, 'convention nationale déclinée', 'conventions nationales déclinées')} localement"
    many = counted(found[first], "organisme a décliné", "organismes ont décliné")
    return f"{first}, premier partenaire{NBSP}: {many} la convention"


def populations(view: View) -> str:
    found = {
        m: _number(view, "aller_vers.organismes", m) or 0.0 for m in view.subject.modalities("aller_vers.organismes")
    }
    if not any(found.values()):
        return _silent(view)
    if view.subject.scope.niveau == "organisme":
        return f"Des actions vers {counted(sum(1 for n in found.values() if n), 'population', 'populations')}"
    first, total = max(found, key=lambda m: found[m]), _number(view, RESPONDENTS)
    among = "" if total is None else f" sur {formats.nombre(total)}"
    many = counted(found[first], "organisme", "organismes")
    name = label("aller_vers.organismes", first)
    return (
        f"{name}, première population{NBSP}: {many}{among} {'y mènent' if found[first] > 1 else 'y mène'} des actions"
    )


def actions(population: str) -> Headline:
    """How many organismes act for a population; its actions where they cannot be a share."""

    def headline(view: View) -> str:
        share = _number(view, "aller_vers.part_organismes", population)
        if share is not None:
            acting = f"agissent {TOWARDS[population]}"
            who = _respondents_who(view, acting, "aller_vers.part_organismes", population)
            return who if share else f"Aucune action {TOWARDS[population]}"
        number = _number(view, "aller_vers.actions_public", population)
        if number is None:
            return _silent(view)
        told = counted(number, "action", "actions") if number else "Aucune action"
        return f"{told} {TOWARDS[population]} en {view.subject.scope.annee}"

    return headline


def persons(population: str) -> Headline:
    def sentence(view: View) -> str:
        informed, helped = (
            _number(view, f"aller_vers.personnes_{n}_public", population) for n in ("informees", "aidees")
        )
        if not informed or helped is None:
            return ""
        told = counted(informed, "personne informée", "personnes informées")
        return f"{told}, dont {formats.nombre(helped)} aidées dans une démarche."

    return sentence


def first_partner(population: str) -> Headline:
    def sentence(view: View) -> str:
        name = "aller_vers.part_partenaire"
        found = {m: _number(view, name, m) or 0.0 for m in view.subject.under(name, population)}
        if not found:
            return ""
        first = max(found, key=lambda m: found[m])
        who = label(name, first, (first,))
        return f"Premier partenaire{NBSP}: {who}, cité par {formats.part(found[first])} des organismes qui co-construisent."

    return sentence


# --- children, parents ---


def _share_of_respondents(indicator: str, words: str) -> Headline:
    def headline(view: View) -> str:
        if _number(view, indicator) is None:
            alone = view.subject.scope.niveau == "organisme" and _number(view, RESPONDENTS)
            return "Ces parts ne se calculent pas pour un seul organisme" if alone else _silent(view)
        return _respondents_who(view, words, indicator)

    return headline


parents = _share_of_respondents("ateliers_parents.part_organismes", "proposent les ateliers pour futurs parents")
ase_actions = _share_of_respondents("ase.part_rencontre_annuelle", "rencontrent chaque année le département")


def ase(view: View) -> str:
    number, new = _number(view, "ase.pris_en_charge"), _number(view, "ase.part_nouveaux")
    if number is None:
        return _silent(view)
    told = f"{counted(number, 'bénéficiaire', 'bénéficiaires')} de l'ASE pris en charge en {view.subject.scope.annee}"
    return told if new is None else f"{told}, dont {formats.part(new)} de nouveaux"


def dry_exits(view: View) -> str:
    number = _number(view, "ase.renouvellements_css")
    if number is None:
        return _silent(view)
    return f"{counted(number, 'renouvellement', 'renouvellements')} de C2S à 17 ans et 10 mois"


# --- context ---


def _rate(approach: str, name: str) -> str:
    return formats.part(next(t.rate for t in targets(approach) if t.name == name))


def target_populations(_: View) -> str:
    independent = _rate(POPULATION, "Travailleurs indépendants")
    everyone = _rate(POPULATION, "Ensemble de la population")
    return f"{independent} des travailleurs indépendants vivent sous le seuil de pauvreté, contre {everyone} de la population"


def target_events(_: View) -> str:
    jobless, alone = _rate(EVENEMENT, "Demandeurs d'emploi"), _rate(EVENEMENT, "Séparation, familles monoparentales")
    return f"Sous le seuil de pauvreté{NBSP}: {jobless} des demandeurs d'emploi, {alone} des familles monoparentales"


# --- local report ---


def interviews(view: View) -> str:
    number, days = _number(view, "entretiens.personnes"), _number(view, "entretiens.jours")
    if number is None:
        return NOTHING
    told = f"{counted(number, 'personne reçue', 'personnes reçues')} en entretien"
    return told if days is None else f"{told}, en {counted(days, 'jour', 'jours')} de présence"


def workshops(view: View) -> str:
    number, people_met = _number(view, "ateliers.nombre"), _number(view, "ateliers.participants")
    if number is None or people_met is None:
        return NOTHING
    return f"{counted(number, 'atelier collectif', 'ateliers collectifs')}, {counted(people_met, 'participant', 'participants')}"


def emergencies(view: View) -> str:
    number, before = _number(view, "lup.situations"), view.subject("lup.evolution").denominateur
    if number is None:
        return NOTHING
    told = f"{counted(number, 'situation signalée', 'situations signalées')} en {view.subject.scope.annee}"
    change = _number(view, "lup.evolution")
    if change is None:
        return told
    return (
        f"{told}, contre {formats.nombre(before)}"
        if (before or 0) < FEW
        else f"{told}{NBSP}: {formats.evolution(change)} en un an"
    )


def requests(view: View) -> str:
    number, granted = _number(view, "ass.dossiers"), _number(view, "ass.decisions", "ACCORDE")
    if number is None:
        return NOTHING
    told = counted(number, "dossier reçu", "dossiers reçus")
    return told if granted is None else f"{told}, {counted(granted, 'demande accordée', 'demandes accordées')}"


def budgets(view: View) -> str:
    found = {m: _number(view, "ass.montant", m) for m in view.subject.modalities("ass.montant")}
    known = [n for n in found.values() if n is not None]
    if not known:
        return NOTHING
    return f"{formats.euros(sum(known))} engagés sur {counted(len(known), 'dotation', 'dotations')}"


# --- conclusion ---


def conclusion(view: View) -> str:
    success, share = _number(view, "clotures.nombre_succes"), _number(view, "soins.part_des_succes")
    if success is None:
        return NOTHING
    told = f"{counted(success, 'accompagnement réussi', 'accompagnements réussis')} en {view.subject.scope.annee}"
    return told if share is None else f"{told}, dont {formats.part(share)} aux soins"
