"""Exports of another form, read by a profile as those of the contract are."""

import zipfile
from datetime import date

import pytest

from pipelines.errors import Refused
from tests.integration.conftest import tables

HEADER = [
    "Dossier",
    "Caisse",
    "Demande",
    "Fin",
    "Motif",
    "Motif",
    "Volet",
    "Qui",
    "Détail",
    "Sans MT",
    "Âge",
    "Porteur",
    "NIR",
]
FIRST = ["A1", "CPAM du Gard", "05.03.24", "", "x", "En cours", "S", "Externe", "Asso", "Non", "34 ans", "", "NC"]
PROFILE = """
[[fichiers]]
motif = "*"
livraison = { chemin = "Livraison du %d-%m-%Y" }

[[bali.accompagnements]]
motif = "*suivi*"
lignes_sautees = 2
lignes_exclues = ["Total", "Fin de"]

[bali.accompagnements.colonnes]
"Dossier" = "id_accompagnement"
"Caisse" = "organisme"
"Demande" = "date_saisine"
"Fin" = "date_cloture"
"Motif" = ""
"Motif (2)" = "motif_cloture"
"Volet" = "type_accompagnement"
"Qui" = "famille_detecteur"
"Détail" = "categorie_detecteur"
"Sans MT" = "medecin_traitant_fin"
"Âge" = "age"
"Porteur" = "handicap"

[bali.accompagnements.constantes]
help = "X"

[bali.accompagnements.dates]
date_saisine = "%d.%m.%y"
date_cloture = ["%d.%m.%y", "%d %B %Y"]

[bali.accompagnements.fins]
date_naissance = "ans"
nir = ".0"

[bali.accompagnements.valeurs.organisme]
"CPAM du Gard" = "301"
[bali.accompagnements.valeurs.motif_cloture]
"En cours" = "vide"
"Clos - abandon" = "ABANDON"
[bali.accompagnements.valeurs.type_accompagnement]
S = "SOINS"
[bali.accompagnements.valeurs.famille_detecteur]
"Externe" = [
  { si = { categorie_detecteur = "PE_ASSOCIATIONS" }, lu = "PARTENAIRES" },
  { si = { categorie_detecteur = "PS_LIBERAUX" }, lu = "PROFESSIONNELS_SANTE" },
]
[bali.accompagnements.valeurs.categorie_detecteur]
"Asso" = "PE_ASSOCIATIONS"
"Divers" = [{ si = { famille_detecteur = "ASSURANCE_MALADIE" }, lu = "AM_AUTRES" }]
[bali.accompagnements.valeurs.medecin_traitant_fin]
Oui = "non"
Non = "oui"
[bali.accompagnements.valeurs.handicap]
"" = "oui"
"aucun" = "non"
[bali.accompagnements.valeurs.help]
X = "oui"
[bali.accompagnements.valeurs.nir]
NC = "vide"
"""


def written(
    raw,
    rows,
    name="Livraison du 20-01-2025/suivi.csv",
    header=HEADER,
    above=("Suivi", ""),
    after=("Total;2", "Fin de page"),
):
    path = raw / name
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [*above, ";".join(header), *(";".join(row) for row in rows), *after]
    path.write_text("\n".join(lines) + "\n", encoding="cp1252")
    return path


def changed(**values):
    row = dict(zip(["id", "caisse", "demande", "fin", "autre", "motif", "volet", "qui", "detail", "sans", "age", "porteur", "nir"],
                   FIRST, strict=True))  # fmt: skip
    return list({**row, **values}.values())


@pytest.fixture
def read(raw, marts):
    """Read the raw folder by a profile; the rows of a query."""

    def run(query, profile=PROFILE):
        (raw / "profil.toml").write_text(profile, encoding="utf-8")
        with tables(raw, marts) as asked:
            return asked(query)

    return run


ACCOMPAGNEMENTS = (
    "SELECT id_accompagnement, organisme, date_saisine, date_cloture, motif_cloture, type_accompagnement, famille_detecteur, "
    "categorie_detecteur, medecin_traitant_fin, age, handicap, help, ligne FROM detail.accompagnements ORDER BY 1"
)


def test_columns_values_dates_and_ages_become_those_of_the_contract(raw, read):
    closed = changed(id="A2", demande="01.02.24", fin="1er mars 2024", motif="Clos - abandon", qui="Assurance maladie",
                     detail="Divers", sans="Oui", age="", porteur="aucun")  # fmt: skip
    freelance = changed(id="A3", detail="Libéraux")
    written(raw, [FIRST, closed, freelance])
    assert read(ACCOMPAGNEMENTS) == [
        ("A1", "301", date(2024, 3, 5), None, None, "SOINS", "PARTENAIRES", "PE_ASSOCIATIONS", True, 34, True, True, 4),
        ("A2", "301", date(2024, 2, 1), date(2024, 3, 1), "ABANDON", "SOINS", "ASSURANCE_MALADIE", "AM_AUTRES", False, None,
         False, True, 5),
        ("A3", "301", date(2024, 3, 5), None, None, "SOINS", "PROFESSIONNELS_SANTE", "PS_LIBERAUX", True, 34, True, True, 6),
    ]  # fmt: skip


def test_rejects_have_the_text_and_the_line_of_the_file_on_disk(raw, read):
    written(
        raw,
        [
            FIRST,
            changed(id="A2", demande="31.02.24", detail="?"),
            ["A3", "trop court"],
            changed(id="A4", age="x", sans="?"),
        ],
    )
    assert read(
        "SELECT fichier, ligne, identifiant, regle, valeur, table_lue, groupe FROM controle.rejets ORDER BY ALL"
    ) == [
        ("Livraison du 20-01-2025/suivi.csv", 5, "A2", "R03", "31.02.24", "accompagnements", None),
        ("Livraison du 20-01-2025/suivi.csv", 5, "A2", "R09", "Externe", "accompagnements", None),
        ("Livraison du 20-01-2025/suivi.csv", 5, "A2", "R10", "?", "accompagnements", None),
        ("Livraison du 20-01-2025/suivi.csv", 6, None, "R12", "2 champs au lieu de 13", "accompagnements", None),
    ]
    assert read("SELECT ligne, regle, valeur FROM controle.alertes ORDER BY ALL") == [
        (7, "A02", "•••"),
        (7, "A04", "?"),
    ]


def test_lines_left_out_are_no_rows_and_an_unknown_header_is_told_at_its_line(raw, read):
    written(raw, [[*FIRST, "1"]], header=[*HEADER, "Site"])
    balance = (
        "SELECT lignes_lues, lignes_acceptees, lignes_rejetees, lignes_remplacees, table_lue FROM controle.livraisons"
    )
    assert read(balance) == [(1, 1, 0, 0, "accompagnements")]
    assert read("SELECT ligne, regle, valeur FROM controle.alertes") == [(3, "A06", "Site")]


WIDE = """
[[fichiers]]
motif = "*"
livraison = "2025-01-20"
[[bali.accompagnements]]
motif = "lot.zip/large.csv"
[bali.accompagnements.colonnes]
Dossier = "id_accompagnement"
Origine = "categorie_detecteur"
[bali.accompagnements.deduites]
famille_detecteur = "categorie_detecteur"
[[bali.actions]]
motif = "lot.zip/large.csv"
[bali.actions.larges]
thematique = "Action {n} thème"
resultat = "Action {n} résultat"
[bali.actions.valeurs.resultat]
OK = "REUSSIE"
"""


def test_groups_of_columns_in_an_archive_become_rows_of_their_table(raw, read):
    header = "Dossier;Organisme;Date de création de la saisine;Date de clôture;Motif de clôture;Type d'accompagnement;Origine;"
    header += "Action 1 thème;Action 1 résultat;Action 2 thème;Action 2 résultat;Nombre"
    lines = [
        header,
        "A1;311;2024-01-10;;;Soins;Associations;Droits;OK;Numérique;;2",
        "A2;311;2024-01-10;;;Soins;PFS;;;;;0",
        "A3;311;2024-01-10;;;Soins;Autres;Droits;OK;;;1",
        "A4;311;2024-01-10;;;Soins;PFS;?;KO;??;OK;1",
        "A5;311",
    ]
    with zipfile.ZipFile(raw / "lot.zip", "w") as archive:
        archive.writestr("large.csv", "\n".join(lines).encode("utf-16"))
        archive.writestr("lisez-moi.txt", "rien")
    assert read("SELECT id_accompagnement, famille_detecteur FROM detail.accompagnements ORDER BY 1", WIDE) == [
        ("A1", "PARTENAIRES"), ("A2", "ASSURANCE_MALADIE"), ("A4", "ASSURANCE_MALADIE"),
    ]  # fmt: skip
    actions = "SELECT id_accompagnement, thematique, resultat, fichier, ligne FROM detail.actions ORDER BY 2"
    assert read(actions, WIDE) == [
        ("A1", "DROITS", "REUSSIE", "lot.zip/large.csv", 2), ("A1", "NUMERIQUE", None, "lot.zip/large.csv", 2),
    ]  # fmt: skip
    rejects = "SELECT ligne, groupe, regle, valeur FROM controle.rejets WHERE table_lue = 'actions' ORDER BY ALL"
    assert read(rejects, WIDE) == [(4, 1, "R20", "A3"), (5, 1, "R21", "?"), (5, 2, "R21", "??")]
    assert read("SELECT ligne, regle FROM controle.rejets WHERE table_lue = 'accompagnements' ORDER BY ALL", WIDE) == [
        (4, "R09"), (6, "R12"),
    ]  # fmt: skip
    assert read("SELECT valeur FROM controle.alertes WHERE regle = 'A06'", WIDE) == [("Nombre",)]


@pytest.mark.parametrize(
    ("profile", "problem"),
    [
        (WIDE.replace("{n} thème", "{n} theme x"), "aucune colonne ne se nomme comme « Action {n} theme x »"),
        (WIDE.replace('Origine = "categorie_detecteur"', ""), "Catégorie de détecteur"),
        (WIDE.replace('Origine = "categorie_detecteur"', 'Origine = "organisme"\nOrganisme = "organisme"'), "deux colonnes pour"),
        (WIDE.replace('motif = "*"', 'motif = "*"\nencodage = "utf-8"'), "n'est pas en utf-8"),
    ],
)  # fmt: skip
def test_what_a_profile_says_of_a_file_that_is_not_so_refuses_the_delivery(raw, read, profile, problem):
    header = "Dossier;Organisme;Date de création de la saisine;Date de clôture;Motif de clôture;Type d'accompagnement;Origine"
    header += ";Action 1 thème"
    with zipfile.ZipFile(raw / "lot.zip", "w") as archive:
        archive.writestr("large.csv", f"{header}\nA1;311;2024-01-10;;;Soins;PFS;Droits\n".encode("utf-16"))
    with pytest.raises(Refused, match="Livraison bali/2025-01-20 refusée") as refused:
        read("SELECT 1", profile)
    assert problem in str(refused.value)
