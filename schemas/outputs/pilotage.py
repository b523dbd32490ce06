"""What steers month by month: the figures of each month, for the accredited only since their counts are small."""

from schemas.outputs.columns import Output, columns_of

SUCCESS, OTHER, EITHER = "SUCCES", "AUTRE", "TOUTES"  # how an accompaniment ends
CURVE_DAYS = (0, 1, 2, 3, 5, 7, 10, 14, 15, 21, 30, 45, 60, 75, 90, 120, 150, 180, 240, 300, 365, 450, 540, 730)
OUT, SHIFT, TREND = "HORS_LIMITES", "DECALAGE", "TENDANCE"  # signals of a control chart

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

COURBES = Output(
    "marts",
    "courbes",
    "Ce que deviennent les saisines d'une année, jour après jour ; les organismes pour le public ensemble seulement.",
    (
        *_MONTH[:1],
        *_TERRITORY,
        *_PUBLIC,
        *columns_of("""
        type_accompagnement VARCHAR SOINS ou HORS_SOINS ; vide pour tous
        issue VARCHAR SUCCES (clos avec succès), AUTRE (clos pour un autre motif) ou TOUTES
        jours INTEGER Jours depuis la saisine, jusqu'à la plus longue durée de l'année
        a_risque BIGINT Accompagnements suivis au moins autant de jours : ni clos avant, ni saisis moins de jours avant l'observation
        evenements BIGINT Accompagnements clos avec cette issue en autant de jours ou moins
        part DOUBLE Part close avec cette issue en autant de jours ou moins, estimée, en cours compris (Aalen-Johansen)"""),
    ),
)

SIGNAUX = Output(
    "marts",
    "signaux",
    "Les cartes de contrôle (XmR) des 24 derniers mois entiers, public ensemble ; rien pour une série courte ou de petits nombres.",
    (
        *_MONTH,
        *_TERRITORY,
        *columns_of("""
        mesure VARCHAR saisines, clotures, taux_succes ou part_ouverts_15
        valeur DOUBLE Valeur du mois : nombre, ou part de 0 à 1
        moyenne DOUBLE Moyenne des mois de la série
        bas DOUBLE Limite basse : moyenne − 2,66 fois l'écart moyen d'un mois au suivant
        haut DOUBLE Limite haute : moyenne + 2,66 fois l'écart moyen d'un mois au suivant
        signal VARCHAR HORS_LIMITES, DECALAGE (7 mois de suite du même côté), TENDANCE (7 hausses ou baisses de suite) ou vide"""),
    ),
)

ATTERRISSAGE = Output(
    "marts",
    "atterrissage",
    "La fin de l'année en cours, prévue d'après les mois entiers observés et les années entières d'avant, public ensemble ; "
    "rien sans deux années entières, ni sous 30 cas en six mois.",
    (
        *_MONTH[:1],
        *_TERRITORY,
        *columns_of("""
        mesure VARCHAR saisines ou clotures
        observe BIGINT Nombre des mois entiers de l'année qui sont observés (voir ref.mois)
        prevu BIGINT Nombre prévu pour l'année : observé, plus les mois à venir au niveau des six derniers, selon la saison
        bas BIGINT Borne basse de l'intervalle à 80 %
        haut BIGINT Borne haute de l'intervalle à 80 %"""),
    ),
)

PILOTAGE = (MENSUEL, COURBES, SIGNAUX, ATTERRISSAGE)
