"""What tells how a vintage was made: balance of files, rejects, alerts, drifts, reconciliation."""

from schemas.outputs.columns import Output, columns_of

# --- controle ---------------------------------------------------------------------------------------------

_FILE = columns_of("""
    source VARCHAR Source : bali, enquete ou action_sociale
    livraison VARCHAR Livraison : le dossier sous la source
    fichier VARCHAR Nom du fichier""")

_TABLE = columns_of("""
    table_lue VARCHAR Table lue dans le fichier, qui peut en porter plusieurs""")

REASON_COLUMNS = (
    _FILE
    + columns_of("""
    ligne BIGINT Ligne du fichier, l'en-tête étant la ligne 1
    identifiant VARCHAR Identifiant porté par la ligne
    regle VARCHAR Règle (voir ref.regles)
    colonne VARCHAR Colonne en cause
    valeur VARCHAR Valeur en cause ; masquée pour un NIR ou une date de naissance""")
    + _TABLE
    + columns_of("""
    groupe INTEGER Numéro du groupe de colonnes, dans une table large ; vide sinon""")
)

CONTROLE = (
    Output(
        "controle",
        "livraisons",
        "Le bilan des lignes de chaque fichier : lues = acceptées + rejetées + remplacées.",
        _FILE
        + columns_of("""
        sha256 VARCHAR Empreinte du fichier
        lignes_lues BIGINT Lignes lues
        lignes_acceptees BIGINT Lignes acceptées et restées
        lignes_rejetees BIGINT Lignes rejetées
        lignes_remplacees BIGINT Lignes remplacées par une ligne plus récente""")
        + _TABLE,
    ),
    Output("controle", "rejets", "Les motifs de rejet, un par règle et colonne en cause.", REASON_COLUMNS),
    Output("controle", "alertes", "Les alertes : la ligne reste, le champ est vidé.", REASON_COLUMNS),
    Output(
        "controle",
        "derives",
        "Ce que les fichiers ont d'autre que le contrat des exports : colonnes absentes, inconnues ou renommées, codes inconnus.",
        _FILE
        + columns_of("""
        nature VARCHAR Colonne absente, inconnue ou renommée, code inconnu, contenu inattendu, date d'une autre forme
        colonne VARCHAR Colonne en cause ; l'en-tête du fichier si elle est inconnue
        valeur VARCHAR En-tête d'une colonne renommée, code inconnu, ou forme de la date (9 un chiffre, a des lettres)
        lignes BIGINT Lignes du fichier qui sont dans ce cas
        indice VARCHAR Ce qu'il fallait peut-être lire : en-tête ou code le plus proche ; vide si rien n'en approche""")
        + _TABLE,
    ),
    Output(
        "controle",
        "colonnes",
        "Ce que contient chaque colonne reconnue de chaque fichier.",
        _FILE
        + columns_of("""
        table_lue VARCHAR Table du contrat des exports dont relève le fichier
        colonne VARCHAR Colonne du contrat ; une colonne sans ligne ici n'est pas dans le fichier
        lignes BIGINT Lignes du fichier qui ont autant de champs que son en-tête
        remplies BIGINT Lignes où la colonne n'est pas vide
        lisibles BIGINT Lignes où sa valeur a pu être lue, lignes rejetées comprises"""),
    ),
    Output(
        "controle",
        "inconnus",
        "Ce qu'une livraison ne dit pas : ses accompagnements ne comptent dans aucun indicateur qui en dépend.",
        columns_of("""
        source VARCHAR Source : bali, enquete ou action_sociale
        livraison VARCHAR Livraison : le dossier sous la source
        table_lue VARCHAR Table du contrat des exports
        colonne VARCHAR Colonne du contrat
        raison VARCHAR Pourquoi : table absente, colonne absente, colonne illisible ou colonne vide"""),
    ),
    Output(
        "controle",
        "origines",
        "D'où viennent les accompagnements restés : pour chaque livraison, les organismes et les années qu'elle porte.",
        columns_of("""
        source VARCHAR Source : bali
        livraison VARCHAR Livraison : le dossier sous la source
        organisme VARCHAR Code de l'organisme
        annee INTEGER Année de la saisine ou de la clôture
        lignes BIGINT Accompagnements de cette livraison saisis ou clôturés cette année-là"""),
    ),
    Output(
        "controle",
        "controles",
        "Les contrôles bloquants passés avant la publication, et ce qu'ils ont constaté.",
        columns_of("""
        controle VARCHAR Nom du contrôle
        objet VARCHAR Table contrôlée
        resultat VARCHAR Résultat : conforme ou échec
        constat VARCHAR Ce qui a été constaté"""),
    ),
    Output(
        "controle",
        "diffusion",
        "Ce que masque le fichier de diffusion, et ce que son audit a constaté.",
        columns_of("""
        attaquant VARCHAR Qui cherche : public (ne sait que ce qui est montré), caisse, region, millésimes antérieurs ; vide si personne
        territoire VARCHAR Code de la caisse ou de la région qui cherche ; vide pour toutes
        niveau VARCHAR Niveau des lignes comptées ; vide pour tous
        mesure VARCHAR Ce qui est compté
        nombre BIGINT Nombre
        part DOUBLE Part de l'ensemble, de 0 à 1"""),
    ),
    Output(
        "controle",
        "reconciliation",
        "Les chiffres publiés face aux chiffres calculés.",
        columns_of("""
        publication VARCHAR Document publié
        reference VARCHAR Diapositive ou section
        indicateur VARCHAR Indicateur (voir ref.indicateurs) ou colonne de marts.structures ; vide si aucun
        libelle VARCHAR Libellé du chiffre
        annee INTEGER Année
        niveau VARCHAR Niveau : national, region ou organisme
        territoire VARCHAR FR, code de la région ou code de l'organisme
        public VARCHAR Public (voir ref.nomenclatures)
        modalite VARCHAR Modalité ; A+B est la somme des deux
        comparateur VARCHAR Comparateur : = tel qu'imprimé, ~ « près de » ou « environ », > « plus de »
        publie DOUBLE Chiffre publié ; une part va de 0 à 1
        calcule DOUBLE Chiffre calculé ; vide s'il n'est pas calculable
        ecart DOUBLE Calculé moins publié
        precision DOUBLE Demi-unité du dernier chiffre imprimé
        statut VARCHAR Statut : conforme, ecart ou non_calculable
        raison VARCHAR Pourquoi il n'est pas calculable, ou quels chiffres publiés il contredit"""),
    ),
    Output(
        "controle",
        "coherence",
        "Les chiffres d'une publication les uns face aux autres.",
        columns_of("""
        publication VARCHAR Document publié
        reference VARCHAR Diapositives ou sections des chiffres en cause
        regle VARCHAR Nature de la règle et son objet
        detail VARCHAR Les chiffres, où ils se trouvent, ce qu'ils donnent
        statut VARCHAR Statut : cohérent ou contradiction"""),
    ),
)
