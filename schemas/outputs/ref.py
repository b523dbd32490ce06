"""Reference tables: organismes, structures, nomenclatures, indicators, years."""

from schemas.outputs.columns import Output, columns_of

# --- ref --------------------------------------------------------------------------------------------------

REF = (
    Output(
        "ref",
        "organismes",
        "Les organismes et leur région.",
        columns_of("""
        organisme VARCHAR Code de l'organisme
        nom VARCHAR Nom de l'organisme
        type VARCHAR CPAM, CGSS, CSS ou CCSS
        departement VARCHAR Code du département
        code_region VARCHAR Code de la région
        region VARCHAR Nom de la région"""),
    ),
    Output(
        "ref",
        "structures",
        "Les noms canoniques des structures détectrices et leurs autres noms.",
        columns_of("""
        alias VARCHAR Nom rencontré, en capitales
        structure VARCHAR Nom canonique, en capitales"""),
    ),
    Output(
        "ref",
        "annees",
        "Les années présentes par source, et si elles sont complètes.",
        columns_of("""
        annee INTEGER Année
        source VARCHAR Source : bali, enquete ou action_sociale
        complete BOOLEAN L'année est entière : livrée ; pour BALI, douze mois et une extraction après sa fin"""),
    ),
    Output(
        "ref",
        "completude",
        "Les organismes présents chaque année, et s'ils le sont en entier.",
        columns_of("""
        annee INTEGER Année
        source VARCHAR Source : bali, enquete ou action_sociale
        organisme VARCHAR Code de l'organisme
        premier_jour DATE Premier jour d'activité de l'année (saisine ou clôture) ; vide pour une autre source que bali
        dernier_jour DATE Dernier jour d'activité de l'année ; vide pour une autre source que bali
        complete BOOLEAN L'année n'est pas tronquée : elle ne commence ni ne finit bien plus tard ou plus tôt que l'écart habituel"""),
    ),
    Output(
        "ref",
        "nomenclatures",
        "Les codes des nomenclatures et leurs libellés.",
        columns_of("""
        nomenclature VARCHAR Nom de la nomenclature, celui de la colonne qu'elle décrit
        code VARCHAR Code enregistré
        libelle VARCHAR Libellé
        rang INTEGER Ordre naturel"""),
    ),
    Output(
        "ref",
        "indicateurs",
        "Le catalogue des indicateurs.",
        columns_of("""
        indicateur VARCHAR Identifiant de l'indicateur
        libelle VARCHAR Libellé
        unite VARCHAR Unité : nombre, part, jours, evolution, note ou annees
        source VARCHAR Source
        base VARCHAR Population sur laquelle il est calculé
        definition VARCHAR Définition
        diapositive VARCHAR Diapositive où il paraît"""),
    ),
    Output(
        "ref",
        "regles",
        "Les règles de rejet (R), d'alerte (A) et de refus (V).",
        columns_of("""
        regle VARCHAR Numéro de la règle
        libelle VARCHAR Ce que dit la règle"""),
    ),
    Output(
        "ref",
        "millesime",
        "Le millésime que porte ce fichier.",
        columns_of("""
        millesime VARCHAR Nom du millésime
        cree_le TIMESTAMP Date et heure de création (UTC)
        version VARCHAR Version d'adass
        synthetique BOOLEAN Au moins une livraison est synthétique : les chiffres ne sont pas réels
        jour_observation DATE Date de la dernière livraison BALI lue : ce qui n'est pas clos alors est encore en cours"""),
    ),
    Output(
        "ref",
        "reserves",
        "Ce qu'il faut savoir de ce millésime avant d'en citer un chiffre.",
        columns_of("""
        nature VARCHAR Nature : essai, ecartee (caisse laissée de côté), malgre (motif donné) ou refus (ce qui refusait)
        texte VARCHAR Texte"""),
    ),
    Output(
        "ref",
        "mois",
        "Les mois entiers observés : de la première saisine au dernier mois fini au jour d'observation.",
        columns_of("""
        annee INTEGER Année
        mois INTEGER Mois, de 1 à 12
        premier_jour DATE Premier jour du mois
        dernier_jour DATE Dernier jour du mois"""),
    ),
)
