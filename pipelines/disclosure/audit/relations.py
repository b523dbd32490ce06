"""What the figures count and how these counts add up, written by hand: a second opinion on what the hiding derives.

A count is a name; `{m}` stands for the modalité, `@-1` for the year before, `@ensemble` for everyone.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache

from schemas.nomenclatures import CATEGORIES_PAR_FAMILLE, FAMILLE_INTERNE, MOTIFS_SUCCES

# indicator -> what its numerator and its denominator count, None where that is not persons
COUNTS: dict[str, tuple[str | None, str | None]] = {
    "detections.nombre": ("D", None),
    "detections.evolution": ("D", "D@-1"),
    "detections.part_type": ("D.type:{m}", "D"),
    "detections.part_famille": ("D.famille:{m}", "D"),
    "detections.part_externe": ("D.externes", "D"),
    "detections.part_soins_interne": ("D.internes.soins", "D.internes"),
    "detections.part_soins_externe": ("D.externes.soins", "D.externes"),
    "detections.part_categorie_interne": ("D.categorie:{m}", "D.internes"),
    "detections.nombre_categorie": ("D.categorie:{m}", None),
    "detections.part_categorie_externe": ("D.categorie:{m}", "D.externes"),
    "structures.part_top10": ("D.dix", "D.externes"),
    "clotures.nombre": ("C", None),
    "clotures.evolution": ("C", "C@-1"),
    "clotures.part_motif": ("C.motif:{m}", "C"),
    "clotures.nombre_motif": ("C.motif:{m}", None),
    "clotures.nombre_succes": ("S", None),
    "clotures.taux_succes": ("S", "C"),
    "clotures.part_public": ("C", "C@ensemble"),
    "gains.complementaire_sante": ("C.complementaire", "C"),
    "gains.orientation": ("C.reussi:ORIENTATION", "C"),
    "gains.numerique": ("C.reussi:NUMERIQUE", "C"),
    "gains.prevention": ("C.reussi:PREVENTION", "C"),
    "gains.aide_financiere": ("C.reussi:AIDE_FINANCIERE", "C"),
    "gains.guidance": ("SS.guidance", "SS"),
    "soins.nombre": ("SS", None),
    "soins.part_des_succes": ("SS", "S"),
    "soins.duree_moyenne": (None, "SS"),
    "soins.duree_mediane": (None, "SS"),
    "soins.part_thematique": ("SS.theme:{m}", "SS"),
    "soins.part_uniquement_soins": ("SS.sans_theme", "SS"),
    "soins.part_type_soins": ("T.type:{m}", "T"),
    "soins.part_specialite": ("TS.specialite:{m}", "TS"),
    "soins.part_detecteur_generaliste": ("G.categorie:{m}", "G"),
    "hors_soins.nombre": ("SH", None),
    "hors_soins.part_des_succes": ("SH", "S"),
    "hors_soins.duree_moyenne": (None, "SH"),
    "hors_soins.duree_mediane": (None, "SH"),
    "hors_soins.part_thematique": ("SH.theme:{m}", "SH"),
    "hors_soins.part_thematique_seule": ("SH.seule:{m}", "SH"),
    "durees.moyenne": (None, "C"),
    "durees.mediane": (None, "C"),
    "durees.moyenne_motif": (None, "C.motif:{m}"),
    "profil.part_age": ("CA.age:{m}", "CA"),
    "profil.age_median": (None, "CA"),
    "profil.part_sexe": ("CX.sexe:{m}", "CX"),
    "profil.part_medecin_traitant": ("CM.oui", "CM"),
    "profil.part_c2s": ("CC.oui", "CC"),
    "profil.part_ald": ("CL.oui", "CL"),
    "thematiques.part": ("C.theme:{m}", "C"),
    "orientation.part_partenaire": ("O.partenaire:{m}", "O"),
    **{f"delais.part_ouverts_{days}": (f"A{days}.ouverts", f"A{days}") for days in (2, 15, 30)},
    "delais.ouverture_mediane": (None, "OU"),
    "delais.ouverture_moyenne": (None, "OU"),
    "durees.mediane_estimee": (None, "D"),
    "stock.nombre": ("ST", None),
    "stock.age_median": (None, "ST"),
    "stock.part_plus_180": ("ST.anciens", "ST"),
    "personnes.nombre": ("PE", None),
    "personnes.part_connues": ("CP", "C"),
    "personnes.part_plusieurs": ("PE.revues", "PE"),
    "retours.part_6_mois": ("R6.revenus", "R6"),
    "retours.part_12_mois": ("R12.revenus", "R12"),
    "gains.medecin_traitant": ("CG.oui", "CG"),
    "aller_vers.personnes_ciblees": ("ciblees.modalite:{m}", None),
    "aller_vers.personnes_informees": ("informees.modalite:{m}", None),
    "aller_vers.personnes_aidees": ("aidees.modalite:{m}", None),
    "aller_vers.personnes_ciblees_public": ("ciblees.public:{m}", None),
    "aller_vers.personnes_informees_public": ("informees.public:{m}", None),
    "aller_vers.personnes_aidees_public": ("aidees.public:{m}", None),
    "aller_vers.personnes_canal": ("ciblees.canal:{m}", None),
    "aller_vers.taux_aide": ("aidees.evenement:{m}", "informees.evenement:{m}"),
    "aller_vers.taux_orientation": ("orientees.evenement:{m}", "informees.evenement:{m}"),
    "ateliers_parents.invitations": ("invitations", None),
    "ateliers_parents.taux_presence": ("presents", "invitations"),
    "ateliers_parents.part_orientes": ("presents.orientes:{m}", "presents"),
    "ateliers_parents.satisfaction": (None, "presents.notes"),
    "ase.beneficiaires": ("ase.beneficiaires", None),
    "ase.pris_en_charge": ("ase.pris_en_charge", None),
    "ase.pris_en_charge_16": ("ase.pris_en_charge.16", None),
    "ase.renouvellements_css": ("ase.css", None),
    "ase.rdv_19": ("ase.rdv_19", None),
    "ase.jeunes_rencontres": ("ase.jeunes", None),
    "ase.part_nouveaux": ("ase.nouveaux", "ase.pris_en_charge"),
    "ass.dossiers": ("dossiers", None),
    "ass.dossiers_famille": ("dossiers.famille:{m}", None),
    "ass.part_famille": ("dossiers.famille:{m}", "dossiers"),
    "ass.dossiers_categorie": ("dossiers.categorie:{m}", None),
    "ass.decisions": ("dossiers.decision:{m}", None),
    "lup.situations": ("lup", None),
    "lup.evolution": ("lup", "lup@-1"),
    "lup.situations_type": ("lup.type:{m}", None),
    "ateliers.participants": ("participants.offre:{m}", None),
    "ateliers.inscriptions": ("inscriptions.offre:{m}", None),
    "ateliers.ouvertures_c2s": ("ouvertures.offre:{m}", None),
    "ateliers.taux_inscription": ("inscriptions.offre:{m}", "participants.offre:{m}"),
    "entretiens.personnes": ("entretiens", None),
    "entretiens.issues": ("entretiens.issue:{m}", None),
    "entretiens.part_mise_a_jour": ("entretiens.droits", "entretiens"),
    "formations.participants": ("formations.type:{m}", None),
}
# what indicators ask of the deliveries, beyond what every delivery has: those that do not say it are not in the denominator
_THEMES, _RESULTS = ("actions.thematique",), ("actions.thematique", "actions.resultat")
_ASKED = {
    "structures.part_top10": ("accompagnements.structure",),
    "gains.complementaire_sante": (*_RESULTS, "actions.libelle"),
    **dict.fromkeys(
        (f"gains.{g}" for g in ("orientation", "numerique", "prevention", "aide_financiere", "guidance")), _RESULTS
    ),
    **dict.fromkeys(
        (
            "soins.part_thematique",
            "soins.part_uniquement_soins",
            "hors_soins.part_thematique",
            "hors_soins.part_thematique_seule",
            "thematiques.part",
        ),
        _THEMES,
    ),
}
_ASKED_OF_PUBLICS = {
    "jeunes": ("accompagnements.date_naissance",),
    "travailleurs_independants": ("accompagnements.situation", "accompagnements.help"),
    "help": ("accompagnements.help",),
    "handicap": ("accompagnements.handicap",),
    "sans_emploi": ("accompagnements.situation",),
}
SAID = "~"  # before what is asked: "C~actions.resultat" is C of the deliveries that say it
# shares whose whole less the numerator is no number of persons of its own, and counts that do not add up over territories
EVOLUTIONS = {"detections.evolution", "clotures.evolution", "lup.evolution"}
NO_COMPLEMENT = {*EVOLUTIONS, "structures.part_top10"}
NOT_ADDITIVE = {"D.dix"}
# persons may be of several territories: none has more than what holds it, and it holds no others (of those seen again, some)
SHARED, COVERED = {"PE", "PE.revues"}, {"PE"}

_INTERNAL = CATEGORIES_PAR_FAMILLE[FAMILLE_INTERNE]
# a whole, and patterns of the counts that make it up
PARTITIONS: tuple[tuple[str, str], ...] = (
    ("D", r"D\.type:.*"),
    ("D", r"D\.famille:.*"),
    ("D", r"D\.(internes|externes)"),
    ("D.internes", rf"D\.famille:{FAMILLE_INTERNE}"),
    ("D.externes", rf"D\.famille:(?!{FAMILLE_INTERNE}$).*"),
    ("D.type:SOINS", r"D\.(internes|externes)\.soins"),
    ("D.internes", rf"D\.categorie:({'|'.join(_INTERNAL)})"),
    ("D.externes", rf"D\.categorie:(?!({'|'.join(_INTERNAL)})$).*"),
    *(
        (f"D.famille:{famille}", rf"D\.categorie:({'|'.join(categories)})")
        for famille, categories in CATEGORIES_PAR_FAMILLE.items()
    ),
    ("C", r"C\.motif:.*"),
    ("S", rf"C\.motif:({'|'.join(MOTIFS_SUCCES)})"),
    ("S", r"S[SH]"),
    ("T", r"T\.type:.*"),
    ("T.type:GENERALISTE", r"G"),
    ("TS", r"TS\.specialite:.*"),
    ("G", r"G\.categorie:.*"),
    ("CA", r"CA\.age:.*"),
    ("CX", r"CX\.sexe:.*"),
    ("O", r"O\.partenaire:.*"),
    ("dossiers", r"dossiers\.famille:.*"),
    ("dossiers", r"dossiers\.decision:.*"),
    ("lup", r"lup\.type:.*"),
    *((f"{what}.offre:", rf"{what}\.offre:(?!ECROUES$).+") for what in ("participants", "inscriptions", "ouvertures")),
)
# two ways to share out one total that no figure gives
SAME_TOTAL = tuple((rf"{what}\.modalite:.*", rf"{what}\.public:.*") for what in ("ciblees", "informees", "aidees"))
# a count that holds another
_FOUR = ("DROITS", "NUMERIQUE", "PREVENTION", "ORIENTATION")
INCLUSIONS: tuple[tuple[str, str], ...] = (
    *((part, "C") for part in ("CA", "CX", "CM", "CC", "CL", "S")),
    *((part, "S") for part in ("SS", "SH")),
    *((part, "D") for part in ("D.internes", "D.externes")),
    ("G", "SS"),
    ("TS", "T.type:SPECIALISTE"),
    ("C.complementaire", "C.theme:DROITS"),
    ("SS.guidance", "C.theme:GUIDANCE"),
    ("ase.pris_en_charge.16", "ase.pris_en_charge"),
    ("presents.notes", "presents"),
    *((f"C.reussi:{t}", f"C.theme:{t}") for t in ("ORIENTATION", "NUMERIQUE", "PREVENTION", "AIDE_FINANCIERE")),
    *((f"{s}.theme:{t}", f"C.theme:{t}") for s in ("SS", "SH") for t in _FOUR),
    *((f"SH.seule:{t}", f"SH.theme:{t}") for t in ("DROITS", "NUMERIQUE")),
    *(("A2", "D"), ("A15", "A2"), ("A30", "A15")),
    *(("CP", "C"), ("PE", "CP"), ("R6", "CP"), ("R12", "R6")),
    *(("CG", "CM"), ("CG.oui", "CM.oui")),
)
# sums of which one is at most the other
SUMS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("PE", "PE.revues"), ("CP",)),  # a second row for each person seen again
    (("A15", "A2.ouverts"), ("A2", "A15.ouverts")),  # who waits on a day waited before it
    (("A30", "A15.ouverts"), ("A15", "A30.ouverts")),
    (("CG", "CM.oui"), ("CM", "CG.oui")),  # without médecin traitant at both ends, at the end
    (("ST",), ("ST.anciens", "D")),  # what is not so old is of the year
)
# what holds of a year that is seen to its end and so many days more: a count, one at least as large, whether they are equal
SEEN: tuple[tuple[str, str, bool, int], ...] = (
    ("A2.ouverts", "A15.ouverts", False, 15),
    ("A15.ouverts", "A30.ouverts", False, 30),
    ("R6", "CP", True, 182),
    ("R12", "CP", True, 365),
    ("R6.revenus", "R12.revenus", False, 365),
)
# the stock of a year is that of the year before, with those who come and without those who go
STOCK, COME, GONE = "ST", "D", "C"
# the public whose closures are a modalité of everyone's
PUBLIC_IS = {"jeunes": ("C", "CA.age:moins_de_25")}


@cache
def counts(
    indicator: str, modality: str, public: str = "ensemble", unknown: frozenset[str] = frozenset()
) -> tuple[str | None, str | None]:
    """The names of what a figure counts; `unknown`: the columns that some delivery does not have."""
    numerator, denominator = COUNTS.get(indicator, (None, None))
    asked = _ASKED_OF_PUBLICS.get(public, ()) if indicator == "clotures.part_public" else _ASKED.get(indicator, ())
    lacking = "+".join(column for column in asked if column in unknown)
    if denominator and lacking:
        what, at, elsewhere = denominator.partition("@")
        denominator = f"{what}{SAID}{lacking}{at}{elsewhere}"
    return (
        numerator and numerator.replace("{m}", modality),
        denominator and denominator.replace("{m}", modality),
    )


def narrower(here: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    """Of one place, the counts of the deliveries that say something, each with one of deliveries that say less."""
    asked = {name: set(name.partition(SAID)[2].split("+")) - {""} for name in here}
    kinds = {name: name.partition(SAID)[0] for name in here}
    for name in (n for n, columns in asked.items() if columns):
        for other in here:
            if kinds[other] == kinds[name] and asked[other] < asked[name]:
                yield here[name], here[other]


def partitions(here: Mapping[str, int]) -> Iterator[tuple[int, list[int]]]:
    """The wholes of one place with their parts."""
    parts: dict[int, list[int]] = defaultdict(list)
    for name, i in here.items():
        for k in _parts_of(name):
            parts[k].append(i)
    yield from ((here[PARTITIONS[k][0]], parts[k]) for k in sorted(parts) if PARTITIONS[k][0] in here)


@cache
def _parts_of(name: str) -> list[int]:
    """The positions of the partitions that a count is a part of."""
    return [k for k, (whole, pattern) in enumerate(_COMPILED) if name != whole and pattern.fullmatch(name)]


_COMPILED = [(whole, re.compile(pattern)) for whole, pattern in PARTITIONS]
