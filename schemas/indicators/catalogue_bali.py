"""The indicators that BALI exports give: bases, detections, closures, durations, profiles."""

from dataclasses import replace

from schemas import nomenclatures as n
from schemas.indicators.indicator import ANNEES, EVOLUTION, JOURS, NOMBRE, PART, Base, Indicator, Whole

DETECTIONS = Base(
    "detail.parcours", "annee_detection", "TRUE", "accompagnements dont la saisine a été créée dans l'année"
)
INTERNES = DETECTIONS.but("NOT externe", "détections de l'année faites par l'Assurance Maladie")
EXTERNES = DETECTIONS.but("externe", "détections de l'année faites par des partenaires ou des professionnels de santé")
CLOTURES = Base("detail.parcours", "annee_cloture", "TRUE", "accompagnements clôturés dans l'année")
SUCCES = CLOTURES.but("succes", "accompagnements clôturés avec succès dans l'année")
SUCCES_SOINS = SUCCES.but(
    "type_accompagnement = 'SOINS'", "accompagnements aux soins clôturés avec succès dans l'année"
)
SUCCES_HORS_SOINS = SUCCES.but(
    "type_accompagnement = 'HORS_SOINS'", "accompagnements hors soins clôturés avec succès dans l'année"
)
SOINS_DISTINCTS = Base(
    "detail.soins_distincts",
    "annee_cloture",
    "TRUE",
    "soins distincts (accompagnement, type, spécialité) des accompagnements aux soins clôturés avec succès dans l'année",
    known=True,
)
ORIENTATIONS = Base(
    "detail.orientations",
    "annee_cloture",
    "TRUE",
    "actions d'orientation, partenaire connu, des accompagnements clôturés dans l'année",
    known=True,
)

# what indicators need of the exports
THEMES = ("actions.thematique",)
RESULTS = (*THEMES, "actions.resultat")
SOINS = ("soins.type_soins",)
BIRTH = ("accompagnements.date_naissance",)

A1, A3, A4, A5 = "A1", "A3", "A4", "A5"
A6, A7, A8, A9, A10, A11 = "A6", "A7", "A8", "A9", "A10", "A11"
PROFILS, HELP = "P", "PH"

FOUR_THEMES = ("DROITS", "NUMERIQUE", "PREVENTION", "ORIENTATION")


def addressed(theme: str) -> str:
    return f"aborde_{theme.lower()}"


def succeeded(theme: str) -> str:
    return f"reussit_{theme.lower()}"


def _themes(themes: tuple[str, ...]) -> dict[str, str]:
    return {theme: addressed(theme) for theme in themes}


def _only(theme: str) -> str:
    others = " OR ".join(addressed(t) for t in FOUR_THEMES if t != theme)
    return f"{addressed(theme)} AND NOT ({others})"


NO_THEME = f"NOT ({' OR '.join(addressed(t) for t in FOUR_THEMES)})"
DURATION = "Durée de la date de création de la saisine à la date de clôture."
ESTIMATED = "Durées estimées : elles comptent l'attente entre la saisine et le premier contact."
SEVERAL_THEMES = "Un accompagnement peut aborder plusieurs thématiques : leurs parts peuvent dépasser ensemble 100 %."
RIGHTS_AT_END = "C2S et exonération ALD : à la fin de l'accompagnement ; la publication ne les compare pas à 2023."

_DETECTIONS = (
    Indicator(
        "detections.nombre",
        "Nombre de détections",
        NOMBRE,
        DETECTIONS,
        A1,
        "Nombre d'accompagnements dont la saisine a été créée dans l'année, quelle qu'en soit la suite.",
        said="le nombre de détections",
    ),
    Indicator(
        "detections.evolution",
        "Évolution des détections",
        EVOLUTION,
        DETECTIONS,
        A1,
        "Évolution du nombre de détections par rapport à l'année précédente.",
        of="detections.nombre",
    ),
    Indicator(
        "detections.part_type",
        "Répartition soins / hors soins",
        PART,
        DETECTIONS,
        A1,
        "Part des détections selon que la saisine porte sur l'accès aux soins ou non.",
        by="type_accompagnement",
        partition=True,
        labels=n.TYPE_ACCOMPAGNEMENT,
    ),
    Indicator(
        "detections.part_famille",
        "Répartition par famille de détecteurs",
        PART,
        DETECTIONS,
        A3,
        "Part de chaque famille de détecteurs dans les détections.",
        by="famille_detecteur",
        partition=True,
        labels=n.FAMILLE_DETECTEUR,
    ),
    Indicator(
        "detections.part_externe",
        "Part des détections externes",
        PART,
        DETECTIONS,
        A3,
        "Part des détections faites par des partenaires externes ou des professionnels de santé.",
        "externe",
        said="la part des détections externes",
    ),
    Indicator(
        "detections.part_soins_interne",
        "Part de soins parmi les détections internes",
        PART,
        INTERNES,
        A3,
        "Part des saisines portant sur l'accès aux soins parmi les détections de l'Assurance Maladie.",
        "type_accompagnement = 'SOINS'",
        said="la part de soins parmi les détections internes",
    ),
    Indicator(
        "detections.part_soins_externe",
        "Part de soins parmi les détections externes",
        PART,
        EXTERNES,
        A3,
        "Part des saisines portant sur l'accès aux soins parmi les détections externes.",
        "type_accompagnement = 'SOINS'",
        said="la part de soins parmi les détections externes",
    ),
    Indicator(
        "detections.organismes_par_taux_externe",
        "Organismes selon leur taux de détections externes",
        PART,
        replace(DETECTIONS, words="organismes ayant au moins une détection dans l'année"),
        A3,
        "Part des organismes dont le taux de détections externes est inférieur à 20 %, de 20 à 40 % (bornes comprises) "
        "ou supérieur à 40 %.",
        sql="organismes_par_taux_externe",
        labels=n.TAUX_EXTERNE,
        only_everyone=True,
        partition=True,
    ),
    Indicator(
        "detections.part_categorie_interne",
        "Détecteurs internes par catégorie",
        PART,
        INTERNES,
        A4,
        "Part de chaque catégorie dans les détections de l'Assurance Maladie.",
        by="categorie_detecteur",
        partition=True,
        labels=n.CATEGORIE_DETECTEUR,
    ),
    Indicator(
        "detections.nombre_categorie",
        "Détections par catégorie",
        NOMBRE,
        DETECTIONS,
        A4,
        "Nombre de détections par catégorie de détecteur.",
        by="categorie_detecteur",
        labels=n.CATEGORIE_DETECTEUR,
    ),
    Indicator(
        "detections.part_categorie_externe",
        "Détecteurs externes par catégorie",
        PART,
        EXTERNES,
        A5,
        "Part de chaque catégorie dans les détections externes.",
        by="categorie_detecteur",
        partition=True,
        labels=n.CATEGORIE_DETECTEUR,
    ),
    Indicator(
        "structures.part_top10",
        "Part des 10 premiers détecteurs externes",
        PART,
        EXTERNES,
        A6,
        "Part des dix structures externes les plus actives dans l'ensemble des détections externes.",
        sql="part_top10",
        whole=Whole(EXTERNES),
        only_everyone=True,
        needs=("accompagnements.structure",),
    ),
)

_CLOTURES = (
    Indicator(
        "clotures.nombre",
        "Accompagnements clôturés",
        NOMBRE,
        CLOTURES,
        A7,
        "Nombre d'accompagnements dont la date de clôture est dans l'année, quel qu'en soit le motif.",
        said="le nombre d'accompagnements clôturés",
    ),
    Indicator(
        "clotures.evolution",
        "Évolution des clôtures",
        EVOLUTION,
        CLOTURES,
        A7,
        "Évolution du nombre d'accompagnements clôturés par rapport à l'année précédente.",
        of="clotures.nombre",
    ),
    Indicator(
        "clotures.part_motif",
        "Répartition par motif de clôture",
        PART,
        CLOTURES,
        A7,
        "Part de chaque motif dans les accompagnements clôturés.",
        by="motif_cloture",
        partition=True,
        labels=n.MOTIF_CLOTURE,
        caveat="« Non pertinent » regroupe les accompagnements qui n'ont pu être ouverts : saisine non pertinente, "
        "assuré injoignable…",
    ),
    Indicator(
        "clotures.nombre_motif",
        "Accompagnements clôturés par motif",
        NOMBRE,
        CLOTURES,
        A7,
        "Nombre d'accompagnements clôturés par motif.",
        by="motif_cloture",
        labels=n.MOTIF_CLOTURE,
    ),
    Indicator(
        "clotures.taux_succes",
        "Accompagnements clôturés en succès",
        PART,
        CLOTURES,
        A7,
        "Part des accompagnements clôturés avec un motif de succès : soins réalisés, succès sans soin réalisé, "
        "abandonné ou interrompu avec succès partiel.",
        "succes",
        said="le taux de succès",
        good=1,
    ),
    Indicator(
        "clotures.nombre_succes",
        "Nombre d'accompagnements clôturés en succès",
        NOMBRE,
        SUCCES,
        A7,
        "Nombre d'accompagnements clôturés avec un motif de succès.",
        said="le nombre d'accompagnements clôturés en succès",
    ),
    Indicator(
        "clotures.part_public",
        "Part du public dans les clôtures",
        PART,
        CLOTURES,
        PROFILS,
        "Part du public dans l'ensemble des accompagnements clôturés du même territoire.",
        of_everyone=True,
    ),
)

_GAINS = (
    Indicator(
        "gains.complementaire_sante",
        "Accès à une complémentaire santé",
        PART,
        CLOTURES,
        A8,
        "Part des accompagnements clôturés ayant une action réussie « Accès à une complémentaire santé ».",
        "complementaire_sante",
        needs=(*RESULTS, "actions.libelle"),
        said="le taux d'accès à une complémentaire santé",
        good=1,
    ),
    *(
        Indicator(
            f"gains.{name}",
            label,
            PART,
            CLOTURES,
            A8,
            definition,
            succeeded(theme),
            needs=RESULTS,
            said=f"la part des accompagnements avec {said}",
            good=1,
        )
        for name, theme, said, label, definition in (
            (
                "orientation",
                "ORIENTATION",
                "une orientation réussie",
                "Orientation vers un partenaire",
                "Part des accompagnements clôturés ayant une orientation réussie vers un partenaire.",
            ),
            (
                "numerique",
                "NUMERIQUE",
                "une action numérique réussie",
                "Accompagnement numérique",
                "Part des accompagnements clôturés ayant une action numérique réussie.",
            ),
            (
                "prevention",
                "PREVENTION",
                "une action de prévention réussie",
                "Sensibilisation à la prévention",
                "Part des accompagnements clôturés ayant une action de prévention réussie.",
            ),
            (
                "aide_financiere",
                "AIDE_FINANCIERE",
                "une aide financière",
                "Aide financière ASS",
                "Part des accompagnements clôturés ayant obtenu une aide financière de l'action sanitaire et sociale.",
            ),
        )
    ),
    Indicator(
        "gains.guidance",
        "Guidance réussie dans le système de soins",
        PART,
        SUCCES_SOINS,
        A8,
        "Part des accompagnements aux soins clôturés avec succès ayant une action de guidance réussie.",
        succeeded("GUIDANCE"),
        needs=RESULTS,
        said="le taux de guidance réussie",
        good=1,
    ),
)


def _kind_of_success(prefix: str, base: Base, slide: str, words: str) -> tuple[Indicator, ...]:
    return (
        Indicator(
            f"{prefix}.nombre",
            f"Accompagnements {words} clôturés en succès",
            NOMBRE,
            base,
            slide,
            f"Nombre d'accompagnements {words} clôturés avec un motif de succès.",
            said=f"le nombre d'accompagnements {words} clôturés en succès",
        ),
        Indicator(
            f"{prefix}.part_des_succes",
            f"Part des accompagnements {words} dans les succès",
            PART,
            SUCCES,
            slide,
            f"Part des accompagnements {words} parmi les accompagnements clôturés avec succès.",
            base.where.removeprefix(SUCCES.where + " AND "),
            said=f"la part des accompagnements {words} dans les succès",
        ),
        Indicator(
            f"{prefix}.duree_moyenne",
            f"Durée moyenne des accompagnements {words}",
            JOURS,
            base,
            slide,
            f"Durée moyenne des accompagnements {words} clôturés avec succès. {DURATION}",
            total="duree_jours",
            caveat=ESTIMATED,
            said=f"la durée moyenne des accompagnements {words} en succès",
            good=-1,
        ),
        Indicator(
            f"{prefix}.duree_mediane",
            f"Durée médiane des accompagnements {words}",
            JOURS,
            base,
            slide,
            f"Durée médiane des accompagnements {words} clôturés avec succès. {DURATION}",
            median="duree_jours",
            caveat=ESTIMATED,
            said=f"la durée médiane des accompagnements {words} en succès",
            good=-1,
        ),
        Indicator(
            f"{prefix}.part_thematique",
            "Thématiques d'accompagnement",
            PART,
            base,
            slide,
            f"Part des accompagnements {words} clôturés avec succès qui abordent la thématique, quel que soit le "
            "résultat de l'action.",
            cases=_themes(FOUR_THEMES),
            labels=n.THEMATIQUE,
            caveat=SEVERAL_THEMES,
            needs=THEMES,
        ),
    )


_SOINS = (
    *_kind_of_success("soins", SUCCES_SOINS, A9, "aux soins"),
    Indicator(
        "soins.part_uniquement_soins",
        "Uniquement soins",
        PART,
        SUCCES_SOINS,
        A9,
        "Part des accompagnements aux soins clôturés avec succès qui n'abordent ni les droits, ni le numérique, ni la "
        "prévention, ni l'orientation vers un partenaire.",
        NO_THEME,
        needs=THEMES,
        said="la part des accompagnements uniquement de soins",
    ),
    Indicator(
        "soins.part_type_soins",
        "Type de soins",
        PART,
        SOINS_DISTINCTS,
        A10,
        "Part de chaque type de soins parmi les soins distincts des accompagnements aux soins clôturés avec succès.",
        by="type_soins",
        partition=True,
        labels=n.TYPE_SOINS,
        needs=SOINS,
    ),
    Indicator(
        "soins.part_specialite",
        "Spécialités",
        PART,
        SOINS_DISTINCTS.but(
            "type_soins = 'SPECIALISTE' AND specialite IS NOT NULL",
            "soins de spécialistes, spécialité connue, des accompagnements aux soins clôturés avec succès dans l'année",
        ),
        A10,
        "Part de chaque spécialité parmi les soins de spécialistes dont la spécialité est connue.",
        by="specialite",
        partition=True,
        labels=n.SPECIALITE,
        needs=(*SOINS, "soins.specialite"),
    ),
    Indicator(
        "soins.part_detecteur_generaliste",
        "Détecteurs à l'origine des soins de médecine générale",
        PART,
        replace(
            SUCCES_SOINS.but(
                "soin_generaliste", "accompagnements aux soins clôturés avec succès comportant un soin de généraliste"
            ),
            known=True,
        ),
        A10,
        "Part de chaque catégorie de détecteur parmi les accompagnements qui comportent un soin de généraliste.",
        by="categorie_detecteur",
        partition=True,
        labels=n.CATEGORIE_DETECTEUR,
        needs=SOINS,
    ),
    *_kind_of_success("hors_soins", SUCCES_HORS_SOINS, A11, "hors soins"),
    Indicator(
        "hors_soins.part_thematique_seule",
        "Droits seul, numérique seul",
        PART,
        SUCCES_HORS_SOINS,
        A11,
        "Part des accompagnements hors soins clôturés avec succès dont c'est la seule des quatre thématiques abordée.",
        cases={theme: _only(theme) for theme in ("DROITS", "NUMERIQUE")},
        labels={"DROITS": "Droits seul", "NUMERIQUE": "Numérique seul"},
        needs=THEMES,
    ),
)

_DUREES = (
    Indicator(
        "durees.moyenne",
        "Durée moyenne des accompagnements clos",
        JOURS,
        CLOTURES,
        A9,
        f"Durée moyenne des accompagnements clôturés. {DURATION}",
        total="duree_jours",
        caveat=ESTIMATED,
        said="la durée moyenne des accompagnements clos",
        good=-1,
    ),
    Indicator(
        "durees.mediane",
        "Durée médiane des accompagnements clos",
        JOURS,
        CLOTURES,
        A9,
        f"Durée médiane des accompagnements clôturés. {DURATION}",
        median="duree_jours",
        caveat=ESTIMATED,
        said="la durée médiane des accompagnements clos",
        good=-1,
    ),
    Indicator(
        "durees.moyenne_motif",
        "Durée moyenne par motif de clôture",
        JOURS,
        CLOTURES,
        A9,
        f"Durée moyenne des accompagnements clôturés pour ce motif. {DURATION}",
        total="duree_jours",
        caveat=ESTIMATED,
        by="motif_cloture",
        within=True,
        labels=n.MOTIF_CLOTURE,
    ),
)


def _known(name: str, label: str) -> Base:
    base = CLOTURES.but(f"{name} IS NOT NULL", f"accompagnements clôturés dans l'année, {label}")
    return replace(base, known=True)


_PROFIL = (
    Indicator(
        "profil.part_age",
        "Âge",
        PART,
        _known("tranche_age", "âge connu"),
        PROFILS,
        "Part de chaque tranche d'âge, à la date de saisine, parmi les accompagnements clôturés : qui en a deux compte deux fois.",
        by="tranche_age",
        partition=True,
        labels=n.TRANCHE_AGE,
        needs=BIRTH,
    ),
    Indicator(
        "profil.age_median",
        "Âge médian",
        ANNEES,
        _known("age", "âge connu"),
        PROFILS,
        "Âge médian à la date de saisine, en années révolues.",
        median="age",
        needs=BIRTH,
        said="l'âge médian",
    ),
    Indicator(
        "profil.part_sexe",
        "Sexe",
        PART,
        _known("sexe", "sexe connu"),
        PROFILS,
        "Part des accompagnements clôturés d'hommes et de femmes.",
        by="sexe",
        partition=True,
        labels=n.SEXE,
        needs=("accompagnements.sexe",),
    ),
    Indicator(
        "profil.part_medecin_traitant",
        "Médecin traitant à la fin",
        PART,
        _known("medecin_traitant_fin", "médecin traitant à la clôture renseigné"),
        PROFILS,
        "Part des accompagnements clôturés à la fin desquels un médecin traitant est déclaré.",
        "medecin_traitant_fin",
        needs=("accompagnements.medecin_traitant_fin",),
        said="la part des personnes qui ont un médecin traitant à la fin",
        good=1,
    ),
    Indicator(
        "profil.part_c2s",
        "Complémentaire santé solidaire à la fin",
        PART,
        _known("c2s_fin", "Complémentaire santé solidaire renseignée"),
        PROFILS,
        "Part des accompagnements clôturés à la fin desquels la personne a la Complémentaire santé solidaire.",
        "c2s_fin",
        caveat=RIGHTS_AT_END,
        needs=("accompagnements.c2s_fin",),
        said="la part des bénéficiaires de la Complémentaire santé solidaire",
    ),
    Indicator(
        "profil.part_ald",
        "Exonération TM ALD à la fin",
        PART,
        _known("ald_fin", "exonération au titre d'une ALD renseignée"),
        PROFILS,
        "Part des accompagnements clôturés à la fin desquels la personne est exonérée du ticket modérateur au titre "
        "d'une affection de longue durée.",
        "ald_fin",
        caveat=RIGHTS_AT_END,
        needs=("accompagnements.ald_fin",),
        said="la part des personnes exonérées au titre d'une affection de longue durée",
    ),
)

_FOCUS = (
    Indicator(
        "thematiques.part",
        "Thématiques d'accompagnement",
        PART,
        CLOTURES,
        HELP,
        "Part des accompagnements clôturés qui abordent la thématique, quel que soit le résultat de l'action.",
        cases=_themes(tuple(n.THEMATIQUE)),
        labels=n.THEMATIQUE,
        caveat=SEVERAL_THEMES,
        needs=THEMES,
    ),
    Indicator(
        "orientation.part_partenaire",
        "Partenaires d'orientation",
        PART,
        ORIENTATIONS,
        HELP,
        "Part de chaque partenaire dans les actions d'orientation des accompagnements clôturés.",
        by="partenaire",
        partition=True,
        needs=(*THEMES, "actions.partenaire"),
    ),
)

BALI = (*_DETECTIONS, *_CLOTURES, *_GAINS, *_SOINS, *_DUREES, *_PROFIL, *_FOCUS)
