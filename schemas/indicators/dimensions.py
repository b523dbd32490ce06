"""The dimensions: each way in which accompaniments are told apart, declared once. Crossings, explanations, comparisons,
pages and notebooks inherit name, label, order and codes from here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from schemas import nomenclatures as n
from schemas.indicators.indicator import Base
from schemas.indicators.known import Unknown, says_of
from schemas.nomenclatures import Nomenclature
from schemas.text import quoted

YES, NO, MISSING = "oui", "non", ""
YES_NO = Nomenclature(oui="Oui", non="Non")
MONTHS = Nomenclature(
    {
        str(number): name
        for number, name in enumerate(
            [
                "Janvier",
                "Février",
                "Mars",
                "Avril",
                "Mai",
                "Juin",
                "Juillet",
                "Août",
                "Septembre",
                "Octobre",
                "Novembre",
                "Décembre",
            ],
            1,
        )
    }
)

# the day behind each column of a year: what the indicator's base is about
DAYS = {"annee_detection": "date_saisine", "annee_ouverture": "date_ouverture", "annee_cloture": "date_cloture"}
DECEMBER = "12"


@dataclass(frozen=True)
class Dimension:
    """One way to tell accompaniments apart.

    `column`: of `detail.parcours`, unless `of_base` gives its SQL for what an indicator is about. `codes`: each code with
    its label, in their order; none where the published file knows them (years, territories, structures). `whole`: its
    codes are whole numbers. `unknown`: the label of the missing code, which is ''. `needs`: columns of the exports without
    which it is missing, though `column` has a value.
    """

    name: str
    label: str
    codes: Mapping[str, str] = field(default_factory=dict)
    unknown: str = "Non renseigné"
    whole: bool = False
    of_base: Callable[[Base], str] | None = None
    needs: tuple[str, ...] = ()

    @property
    def yes_no(self) -> bool:
        return self.codes is YES_NO

    def column(self, base: Base) -> str:
        """What rows are grouped by, in SQL over the relation of a base."""
        return self.of_base(base) if self.of_base else self.name

    def written(self, column: str) -> str:
        """The SQL that turns a column of groups into codes."""
        if self.whole:
            return column
        if self.yes_no:
            return f"CASE WHEN {column} THEN '{YES}' WHEN NOT {column} THEN '{NO}' ELSE '{MISSING}' END"
        return f"COALESCE(CAST({column} AS VARCHAR), '{MISSING}')"

    def among(self, base: Base, codes: tuple[str, ...]) -> str:
        """The predicate that keeps the rows of these codes."""
        column, known = self.column(base), [c for c in codes if c != MISSING]
        parts = [f"{column} IN ({', '.join(map(self._literal, known))})"] if known else []
        parts += [f"{column} IS NULL"] if MISSING in codes else []
        return " OR ".join(parts) if len(parts) < 2 else f"({' OR '.join(parts)})"

    def _literal(self, code: str) -> str:
        if self.whole:
            return str(int(code))
        return {YES: "TRUE", NO: "FALSE"}[code] if self.yes_no else quoted(code)

    def label_of(self, code: str) -> str:
        return self.codes.get(code, code) if code != MISSING else self.unknown


def known_only(dimension: Dimension, unknown: Unknown) -> Dimension:
    """The dimension whose code is missing where the delivery does not say what it needs."""
    said = says_of(dimension.needs, unknown)
    column = f"CASE WHEN {said} THEN {dimension.name} END"
    return dimension if said == "TRUE" else replace(dimension, of_base=lambda _: column)


def _month(base: Base) -> str:
    """The month of what a base is about; of a stock, that of its day."""
    return f"CAST(EXTRACT(month FROM {DAYS[base.year]}) AS INTEGER)" if base.year in DAYS else DECEMBER


_THEMES = tuple(
    Dimension(f"aborde_{theme.lower()}", f"Thématique abordée : {label}", YES_NO, needs=("actions.thematique",))
    for theme, label in n.THEMATIQUE.items()
)

DIMENSIONS = (
    Dimension("annee", "Année", whole=True, of_base=lambda base: base.year),
    Dimension("mois", "Mois", MONTHS, whole=True, of_base=_month),
    Dimension("region", "Région"),
    Dimension("organisme", "Organisme"),
    Dimension("type_accompagnement", "Type d'accompagnement", n.TYPE_ACCOMPAGNEMENT),
    Dimension("famille_detecteur", "Famille de détecteur", n.FAMILLE_DETECTEUR),
    Dimension("categorie_detecteur", "Catégorie de détecteur", n.CATEGORIE_DETECTEUR),
    Dimension("structure", "Structure détectrice", unknown="Structure non renseignée"),
    Dimension("motif_cloture", "Motif de clôture", n.MOTIF_CLOTURE, unknown="En cours"),
    Dimension("sexe", "Sexe", n.SEXE, unknown="Sexe non renseigné"),
    Dimension("tranche_age", "Tranche d'âge", n.TRANCHE_AGE, unknown="Âge non renseigné"),
    Dimension("situation", "Situation professionnelle", n.SITUATION, unknown="Situation non renseignée"),
    Dimension("help", "Dispositif HELP", YES_NO),
    Dimension("handicap", "Situation de handicap", YES_NO),
    Dimension("medecin_traitant_debut", "Médecin traitant à l'ouverture", YES_NO),
    Dimension("medecin_traitant_fin", "Médecin traitant à la clôture", YES_NO),
    Dimension("c2s_fin", "Complémentaire santé solidaire à la clôture", YES_NO),
    Dimension("ald_fin", "Exonération TM ALD à la clôture", YES_NO),
    *_THEMES,
)
DIMENSION = {d.name: d for d in DIMENSIONS}
