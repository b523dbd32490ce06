"""What steers month by month: the figures of each month, for the accredited only since their counts are small."""

from schemas.outputs.columns import Output, columns_of

_MONTH = columns_of("""
    annee INTEGER Année
    mois INTEGER Mois, de 1 à 12""")

_TERRITORY = columns_of("""
    niveau VARCHAR Niveau : national, region ou organisme
    territoire VARCHAR FR, code de la région ou code de l'organisme""")

_PUBLIC = columns_of("""
    public VARCHAR Public (voir ref.nomenclatures)""")

MENSUEL = Output(
    "marts",
    "mensuel",
    "L'activité et le stock de chaque mois entier observé (voir ref.mois) ; un mois où tout est à 0 n'a pas de ligne.",
    (
        *_MONTH,
        *_TERRITORY,
        *_PUBLIC,
        *columns_of("""
        saisines BIGINT Accompagnements dont la saisine a été créée dans le mois
        ouvertures BIGINT Accompagnements ouverts dans le mois
        clotures BIGINT Accompagnements clôturés dans le mois
        succes BIGINT Accompagnements clôturés avec succès dans le mois
        stock BIGINT Accompagnements en cours au dernier jour du mois : stock du mois précédent + saisines − clôtures
        stock_sans_ouverture BIGINT En cours au dernier jour du mois et pas ouverts ce jour, là où les ouvertures sont livrées
        stock_plus_90 BIGINT En cours au dernier jour du mois, saisine de plus de 90 jours
        stock_plus_180 BIGINT En cours au dernier jour du mois, saisine de plus de 180 jours
        age_median_stock DOUBLE Âge médian du stock, en jours de la saisine au dernier jour du mois ; vide sans stock
        ouvertures_2 BIGINT Accompagnements ouverts dans le mois, 2 jours ou moins après la saisine
        ouvertures_15 BIGINT Accompagnements ouverts dans le mois, 15 jours ou moins après la saisine
        ouvertures_30 BIGINT Accompagnements ouverts dans le mois, 30 jours ou moins après la saisine
        delai_median DOUBLE Délai médian d'ouverture des accompagnements ouverts dans le mois, en jours ; vide sans ouverture
        duree_mediane DOUBLE Durée médiane des accompagnements clôturés dans le mois, closes seulement, en jours ; vide sans clôture"""),
    ),
)

PILOTAGE = (MENSUEL,)
