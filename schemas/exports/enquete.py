"""The yearly ADASS survey of the organismes: five tables and their rules."""

from schemas import nomenclatures as n
from schemas.exports.declarations import Column, Source, Table
from schemas.exports.kinds import Amount, Code, CodeList, Count, Day, Identifier, Name, NameList, Reference, YesNo

ORGANISME = Column(
    "organisme",
    "Organisme",
    Reference(reference="organismes"),
    "Code de l'organisme",
    missing="R02",
    unreadable="R02",
)


def _yes_no(name: str, header: str, description: str) -> Column:
    return Column(name, header, YesNo(), description, unreadable="A04")


def _count(name: str, header: str, description: str) -> Column:
    return Column(name, header, Count(), description, unreadable="R42")


def _table(name: str, description: str, columns: tuple[Column, ...], key: tuple[str, ...]) -> Table:
    of_respondents = name not in ("repondants", "conventions")
    return Table(
        source="enquete",
        name=name,
        description=description,
        columns=columns,
        key=key,
        members="repondants" if of_respondents else None,
        member_key="organisme" if of_respondents else None,
        stranger="R40" if of_respondents else None,
    )


REPONDANTS = _table(
    "repondants",
    "Les organismes qui ont répondu à l'enquête de l'année.",
    (ORGANISME, Column("date_reponse", "Date de réponse", Day(), "Date de réponse")),
    key=("organisme",),
)

ACTIONS = _table(
    "actions",
    "Les actions « aller vers » déclarées.",
    (
        Column("identifiant", "Identifiant", Identifier(), "Identifiant de l'action chez l'organisme"),
        ORGANISME,
        Column(
            "public",
            "Public",
            Code(nomenclature=n.PUBLIC_ENQUETE),
            "Population visée",
            missing="R41",
            unreadable="R41",
        ),
        Column(
            "modalite",
            "Modalité",
            Code(nomenclature=n.MODALITE),
            "Modalité de l'action",
            missing="R41",
            unreadable="R41",
        ),
        Column("evenement", "Type d'événement", Code(nomenclature=n.EVENEMENT), "Type d'événement", unreadable="R41"),
        Column("canal", "Canal", Code(nomenclature=n.CANAL), "Canal du contact sortant", unreadable="R41"),
        Column(
            "services",
            "Services mobilisés",
            CodeList(nomenclature=n.SERVICE),
            "Services mobilisés, séparés par |",
            unreadable="R41",
        ),
        _yes_no("pluridisciplinaire", "Équipe pluridisciplinaire", "Équipe pluridisciplinaire"),
        _yes_no("diagnostic", "Diagnostic territorial", "Appui sur un diagnostic territorial"),
        Column("partenaires", "Partenaires", NameList(), "Partenaires de co-construction, en capitales, séparés par |"),
        _count("ciblees", "Personnes ciblées", "Personnes ciblées"),
        _count("informees", "Personnes informées", "Personnes informées ou sensibilisées"),
        _count("aidees", "Personnes aidées", "Personnes aidées à la réalisation d'une démarche"),
        _count("orientees", "Personnes orientées", "Personnes orientées"),
    ),
    key=("organisme", "identifiant"),
)

CONVENTIONS = _table(
    "conventions",
    "Les partenaires implantés et conventionnés, par organisme.",
    (
        ORGANISME,
        Column("partenaire", "Partenaire", Name(), "Partenaire, en capitales", missing="R41"),
        _yes_no("implante", "Implanté", "Partenaire implanté dans la circonscription"),
        _yes_no("conventionne", "Conventionné", "Convention nationale déclinée localement"),
    ),
    key=("organisme", "partenaire"),
)

ATELIERS_PARENTS = _table(
    "ateliers_parents",
    "Les ateliers collectifs pour futurs parents (CAF/CPAM).",
    (
        ORGANISME,
        Column("format", "Format", Code(nomenclature=n.FORMAT), "Format des ateliers", missing="R41", unreadable="R41"),
        _count("invitations", "Invitations", "Invitations envoyées"),
        _count("presents", "Présents", "Personnes présentes"),
        _count("orientes_caf", "Orientés RDV CAF", "Personnes orientées vers un rendez-vous CAF"),
        _count("orientes_cpam", "Orientés RDV CPAM", "Personnes orientées vers un rendez-vous CPAM"),
        _count("orientes_commun", "Orientés RDV commun", "Personnes orientées vers un rendez-vous commun CAF/CPAM"),
        Column("satisfaction", "Satisfaction", Amount(highest=10), "Satisfaction, de 0 à 10", unreadable="A42"),
    ),
    key=("organisme", "format"),
)

ASE = _table(
    "ase",
    "La prise en charge des bénéficiaires de l'aide sociale à l'enfance.",
    (
        ORGANISME,
        _count("beneficiaires", "Bénéficiaires", "Bénéficiaires enregistrés (stock)"),
        _count("pris_en_charge", "Pris en charge", "Bénéficiaires pris en charge dans l'année"),
        _count("pris_en_charge_16", "Pris en charge 16 ans et plus", "dont 16 ans et plus"),
        _count("nouveaux", "Nouveaux", "Nouveaux bénéficiaires"),
        _count("renouvellements_css", "Renouvellements CSS", "Renouvellements de CSS à 17 ans et 10 mois"),
        _count("rdv_19", "RDV 19 ans", "Rendez-vous des jeunes de 19 ans"),
        _yes_no("actions_caf", "Actions communes CAF", "Actions communes avec la CAF"),
        Column(
            "convention",
            "Convention tripartite",
            Code(nomenclature=n.CONVENTION),
            "Convention tripartite CPAM / CAF / conseil départemental",
            unreadable="R41",
        ),
        _yes_no("rencontre_annuelle", "Rencontre annuelle", "Rencontre annuelle avec le département"),
        _yes_no("actions_jeunes", "Actions jeunes", "Actions auprès des jeunes"),
        _count("jeunes_rencontres", "Jeunes rencontrés", "Jeunes rencontrés"),
        _yes_no("actions_professionnels", "Actions professionnels", "Actions auprès des professionnels"),
        _yes_no("actions_departement", "Actions département", "Actions auprès du conseil départemental"),
    ),
    key=("organisme",),
)

ENQUETE = Source(
    "enquete", "Enquête ADASS", "enquete/{annee}", (REPONDANTS, ACTIONS, CONVENTIONS, ATELIERS_PARENTS, ASE)
)
