"""The yearly survey: its rules, its indicators and its marts, from files in to published tables out."""

import re

import duckdb
import pytest

from pipelines.errors import Refused
from pipelines.refresh import refresh
from pipelines.vintages.checks import additivity, levels
from schemas.indicators.catalogue import CATALOGUE
from schemas.indicators.measures import figure_sql
from schemas.outputs.tables import BY_FULL_NAME
from tests.integration.conftest import reader, tables
from tests.samples.exports import accompagnement, bali, deliver

RESPONDENTS = [{"organisme": code} for code in ("311", "821", "331")]
SURVEY = ("repondants", "actions", "conventions", "ateliers_parents", "ase")
DETAIL = tuple(f"detail.enquete_{name}" for name in SURVEY)
CONTROL = ("controle.livraisons", "controle.rejets", "controle.alertes")
READING = ("ref.organismes", "ref.structures", *DETAIL, *CONTROL)


def action(**values: str) -> dict[str, str]:
    return {"organisme": "311", "public": "Jeunes", "modalite": "Hors les murs", **values}


def convention(**values: str) -> dict[str, str]:
    return {"organisme": "311", "partenaire": "CAF", "implante": "Oui", "conventionne": "Oui", **values}


# --- rules ------------------------------------------------------------------------------------------------

BAD_ROWS = {
    "repondants": [
        ({"organisme": "", "date_reponse": "2025-03-04"}, "R02", "organisme"),
        ({"organisme": "000"}, "R02", "organisme"),
    ],
    "actions": [
        (action(organisme=""), "R02", "organisme"),
        (action(organisme="000"), "R02", "organisme"),
        (action(organisme="111"), "R40", "organisme"),
        (action(public=""), "R41", "public"),
        (action(public="Retraités"), "R41", "public"),
        (action(modalite=""), "R41", "modalite"),
        (action(modalite="Ailleurs"), "R41", "modalite"),
        (action(evenement="Gala"), "R41", "evenement"),
        (action(canal="Fax"), "R41", "canal"),
        (action(services="RC, Fax"), "R41", "services"),
        (action(ciblees="-1"), "R42", "ciblees"),
        (action(informees="beaucoup"), "R42", "informees"),
        (action(aidees="1,5"), "R42", "aidees"),
    ],
    "conventions": [
        (convention(organisme="000"), "R02", "organisme"),
        (convention(partenaire=""), "R41", "partenaire"),
    ],
    "ateliers_parents": [
        ({"organisme": "111", "format": "Physique"}, "R40", "organisme"),
        ({"organisme": "311", "format": ""}, "R41", "format"),
        ({"organisme": "311", "format": "Hybride"}, "R41", "format"),
        ({"organisme": "311", "format": "Physique", "presents": "-3"}, "R42", "presents"),
    ],
    "ase": [
        ({"organisme": "111"}, "R40", "organisme"),
        ({"organisme": "311", "convention": "Peut-être"}, "R41", "convention"),
        ({"organisme": "311", "rdv_19": "?"}, "R42", "rdv_19"),
    ],
}
REASONS = [
    (f"{name}.csv", line, rule, column)
    for name, rows in BAD_ROWS.items()
    for line, (_, rule, column) in enumerate(rows, 2)
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Every bad row, each before a good one, and rows that replace or alert."""
    folder = tmp_path_factory.mktemp("judged")
    good = {
        "repondants": [*RESPONDENTS, {"organisme": "311", "date_reponse": "un jour"}],
        "actions": [
            action(identifiant="E1", ciblees="1 000"),
            action(identifiant="E1", ciblees="2"),
            action(identifiant="E1", organisme="821"),
            action(services="RC | misas,RC", partenaires="Cœur d’Or, caf|CAF"),
            action(services="RC", diagnostic="parfois"),
        ],
        "conventions": [convention(), convention(partenaire="caf", conventionne="Non"), convention(organisme="111")],
        "ateliers_parents": [
            {"organisme": "311", "format": "Physique", "satisfaction": "11"},
            {"organisme": "311", "format": "À distance", "satisfaction": "bonne"},
            {"organisme": "311", "format": "distance", "satisfaction": "10"},
        ],
        "ase": [{"organisme": "311", "rdv_19": "1"}, {"organisme": "311", "rdv_19": "2"}],
    }
    rows = {name: [*(row for row, *_ in BAD_ROWS[name]), *good[name]] for name in good}
    deliver(folder / "raw", "enquete", "2024", **rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADASS_CLE", "clé de test, sans valeur")
        with tables(folder / "raw", folder / "marts", *READING) as query:
            yield query


def test_each_bad_row_is_rejected_for_its_reason(judged):
    found = judged("SELECT fichier, ligne, regle, colonne FROM controle.rejets ORDER BY ALL")
    assert found == sorted(REASONS)


def test_a_reject_shows_its_value(judged):
    query = "SELECT identifiant, valeur FROM controle.rejets WHERE regle = 'R41' AND colonne = 'services'"
    assert judged(query) == [(None, "RC, Fax")]


def test_alerts_keep_the_row_and_empty_the_field(judged):
    found = judged("SELECT fichier, ligne, regle, colonne, valeur FROM controle.alertes ORDER BY ALL")
    assert found == [
        ("actions.csv", 19, "A04", "diagnostic", "parfois"),
        ("ateliers_parents.csv", 6, "A42", "satisfaction", "11"),
        ("ateliers_parents.csv", 7, "A42", "satisfaction", "bonne"),
    ]
    assert judged(
        "SELECT COUNT(*) FROM detail.enquete_actions WHERE services = 'RELATION_CLIENT' AND diagnostic IS NULL"
    ) == [(1,)]


def test_the_last_accepted_row_stays_and_nothing_is_lost(judged):
    balance = judged(
        "SELECT fichier, lignes_lues, lignes_acceptees, lignes_rejetees, lignes_remplacees "
        "FROM controle.livraisons ORDER BY 1"
    )
    assert balance == [
        ("actions.csv", 18, 4, 13, 1),
        ("ase.csv", 5, 1, 3, 1),
        ("ateliers_parents.csv", 7, 2, 4, 1),
        ("conventions.csv", 5, 2, 2, 1),
        ("repondants.csv", 6, 3, 2, 1),
    ]
    assert judged("SELECT ciblees FROM detail.enquete_actions WHERE identifiant = 'E1' AND organisme = '311'") == [(2,)]
    assert judged("SELECT rdv_19 FROM detail.enquete_ase") == [(2,)]
    assert judged("SELECT conventionne FROM detail.enquete_conventions WHERE organisme = '311'") == [(False,)]


def test_lists_are_kept_as_codes_and_names_parted_by_a_bar(judged):
    found = judged("SELECT services, partenaires FROM detail.enquete_actions WHERE partenaires IS NOT NULL")
    assert found == [("RELATION_CLIENT|MISAS", "COEUR D'OR|CAF")]


def test_without_respondents_every_answer_is_rejected_but_conventions(raw, marts):
    deliver(raw, "enquete", "2024", actions=[action()], conventions=[convention()])
    with tables(raw, marts, *READING) as query:
        assert query("SELECT fichier, regle FROM controle.rejets") == [("actions.csv", "R40")]
        assert query("SELECT COUNT(*) FROM detail.enquete_conventions") == [(1,)]


@pytest.mark.parametrize(
    ("table", "header"),
    [("repondants", "Date de réponse"), ("actions", "Organisme;Public"), ("ateliers_parents", "Organisme"),
     ("conventions", "Organisme;Implanté"), ("ase", "Bénéficiaires")],
)  # fmt: skip
def test_a_file_without_a_mandatory_column_is_refused(raw, marts, table, header):
    folder = deliver(raw, "enquete", "2024", repondants=RESPONDENTS)
    (folder / f"{table}.csv").write_text(header + "\n", encoding="utf-8")
    missing = {"actions": "Modalité", "ateliers_parents": "Format", "conventions": "Partenaire"}.get(table, "Organisme")
    refusal = re.escape(f"enquete/2024 refusée – {table}.csv : colonne obligatoire absente : « {missing} »")
    with pytest.raises(Refused, match=refusal), tables(raw, marts, *READING):
        pass


# --- indicators -------------------------------------------------------------------------------------------

ACTIONS_2024 = [
    action(identifiant="1", evenement="Événement ponctuel", ciblees="10", informees="8", aidees="2", orientees="1",
           services="RC, MISAS", partenaires="CAF, Mission locale", pluridisciplinaire="Oui", diagnostic="Non"),
    action(identifiant="2", modalite="Dans les murs", evenement="Atelier collectif", ciblees="5", informees="4",
           services="RC"),
    action(identifiant="3", modalite="Contact sortant", canal="SMS", ciblees="100", informees="90", aidees="9"),
    action(organisme="331", identifiant="1", modalite="À distance", evenement="Entretien individuel", ciblees="7",
           informees="0", aidees="1", partenaires="Mission locale", diagnostic="Oui"),
    action(organisme="821", public="Personnes écrouées", evenement="Permanence", ciblees="3", informees="2", aidees="1",
           orientees="2"),
]  # fmt: skip


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Three surveys, one year missing between them, and a little BALI; the real refresh, once."""
    folder = tmp_path_factory.mktemp("published")
    raw = folder / "raw"
    conventions = [
        convention(), convention(organisme="331", implante="Non"), convention(organisme="821", conventionne="Non"),
        convention(partenaire="Pole emploi"),
        convention(partenaire="France Travail"),
        convention(organisme="111", partenaire="France Travail", implante="", conventionne="Oui"),
    ]  # fmt: skip
    parents = [
        {"organisme": "311", "format": "Physique", "invitations": "100", "presents": "40", "orientes_caf": "4",
         "orientes_commun": "2", "satisfaction": "8,5"},
        {"organisme": "311", "format": "Distance", "invitations": "60", "presents": "10", "orientes_cpam": "5",
         "satisfaction": "9"},
        {"organisme": "331", "format": "Physique", "invitations": "0", "presents": "20"},
    ]  # fmt: skip
    ase = [
        {"organisme": "311", "beneficiaires": "100", "pris_en_charge": "80", "pris_en_charge_16": "20", "nouveaux": "8",
         "renouvellements_css": "3", "rdv_19": "2", "actions_caf": "Oui", "convention": "Signée",
         "rencontre_annuelle": "Oui", "actions_jeunes": "Oui", "jeunes_rencontres": "12", "actions_departement": "Oui"},
        {"organisme": "331", "beneficiaires": "50", "pris_en_charge": "0", "rdv_19": "0", "convention": "En cours",
         "rencontre_annuelle": "Non", "actions_professionnels": "Oui"},
        {"organisme": "821", "convention": "Non", "rencontre_annuelle": "Oui"},
    ]  # fmt: skip
    deliver(raw, "enquete", "2021", repondants=RESPONDENTS[:1], conventions=[convention()])
    deliver(raw, "enquete", "2023", repondants=RESPONDENTS[:2], conventions=[
        convention(), convention(partenaire="Adoma"), convention(partenaire="Udaf", conventionne="Non"),
    ])  # fmt: skip
    deliver(raw, "enquete", "2024", repondants=RESPONDENTS, actions=ACTIONS_2024, conventions=conventions,
            ateliers_parents=parents, ase=ase)  # fmt: skip
    structures = "structure;famille;categorie;alias\nFRANCE TRAVAIL;PARTENAIRES;PE_INSTITUTIONS;Pôle emploi\n"
    (raw / "referentiels").mkdir()
    (raw / "referentiels" / "structures.csv").write_text(structures, encoding="utf-8")
    external = {"famille_detecteur": "Partenaires externes", "categorie_detecteur": "Institutions publiques"}
    bali(raw, "2025-02-01", accompagnements=[
        accompagnement(**external, structure="Pôle Emploi"),
        accompagnement(id_accompagnement="A2", **external, structure="Croix-Rouge"),
        accompagnement(id_accompagnement="A3", **external, structure="Croix-Rouge", date_saisine="2022-05-01"),
    ])  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADASS_CLE", "clé de test, sans valeur")
        refresh(raw, folder / "marts", quiet=True)
    with reader(folder / "marts") as query:
        yield query


def figures(query, indicateur, annee=2024, territoire="FR"):
    """Numerators and denominators by modalité; those of numerator 0 left out."""
    rows = query(
        f"SELECT modalite, numerateur, denominateur FROM marts.indicateurs WHERE indicateur = '{indicateur}' "
        f"AND annee = {annee} AND territoire = '{territoire}' AND public = 'ensemble' AND numerateur <> 0"
    )
    return {modality: (top if bottom is None else (top, bottom)) for modality, top, bottom in rows}


@pytest.mark.parametrize(
    ("indicateur", "expected"),
    [
        ("enquete.repondants", {"": 3}),
        ("aller_vers.actions", {"": 5}),
        ("aller_vers.actions_public", {"JEUNES": 4, "ECROUES": 1}),
        ("aller_vers.actions_hors_les_murs", {"": 2}),
        ("aller_vers.personnes_ciblees", {"HORS_CONTACTS": 25, "CONTACT_SORTANT": 100}),
        ("aller_vers.personnes_ciblees_public", {"JEUNES": 122, "ECROUES": 3}),
        ("aller_vers.personnes_informees", {"HORS_CONTACTS": 14, "CONTACT_SORTANT": 90}),
        ("aller_vers.personnes_informees_public", {"JEUNES": 102, "ECROUES": 2}),
        ("aller_vers.personnes_aidees", {"HORS_CONTACTS": 4, "CONTACT_SORTANT": 9}),
        ("aller_vers.personnes_aidees_public", {"JEUNES": 12, "ECROUES": 1}),
        ("aller_vers.organismes", {"JEUNES": 2, "ECROUES": 1}),
        ("aller_vers.part_organismes", {"JEUNES": (2, 3), "ECROUES": (1, 3)}),
        ("aller_vers.organismes_hors_les_murs", {"JEUNES": 1, "ECROUES": 1}),
        ("aller_vers.part_hors_les_murs", {"JEUNES": (1, 2), "ECROUES": (1, 1)}),
        ("aller_vers.part_contact_sortant", {"JEUNES": (1, 2)}),
        ("aller_vers.part_ponctuel", {"JEUNES": (1, 1)}),
        ("aller_vers.part_atelier", {"JEUNES": (1, 2)}),
        ("aller_vers.part_entretien", {"JEUNES": (1, 2)}),
        ("aller_vers.part_co_construction", {"JEUNES": (2, 2)}),
        ("aller_vers.part_pluridisciplinaire", {"JEUNES": (1, 2)}),
        ("aller_vers.part_diagnostic", {"JEUNES": (1, 2)}),
        ("aller_vers.part_service", {"JEUNES:RELATION_CLIENT": (1, 2), "JEUNES:MISAS": (1, 2)}),
        ("aller_vers.part_partenaire", {"JEUNES:CAF": (1, 2), "JEUNES:MISSION LOCALE": (2, 2)}),
        ("aller_vers.personnes_canal", {"JEUNES:SMS": 100}),
        ("aller_vers.taux_aide", {"JEUNES:PONCTUEL": (2, 8), "ECROUES:PERMANENCE": (1, 2)}),
        ("aller_vers.taux_orientation", {"JEUNES:PONCTUEL": (1, 8), "ECROUES:PERMANENCE": (2, 2)}),
        ("conventions.organismes", {"CAF": 2, "POLE EMPLOI": 1, "FRANCE TRAVAIL": 2}),
        ("conventions.evolution", {"CAF": 1, "ADOMA": -1, "POLE EMPLOI": 1, "FRANCE TRAVAIL": 2}),
        ("conventions.part_couverture", {"CAF": (1, 2), "POLE EMPLOI": (1, 1), "FRANCE TRAVAIL": (1, 1)}),
        ("ateliers_parents.part_organismes", {"": (2, 3)}),
        ("ateliers_parents.part_format", {"PHYSIQUE": (2, 3), "DISTANCE": (1, 3)}),
        ("ateliers_parents.invitations", {"": 160}),
        ("ateliers_parents.taux_presence", {"": (70, 160)}),
        ("ateliers_parents.part_orientes", {"CAF": (4, 70), "CPAM": (5, 70), "COMMUN": (2, 70)}),
        ("ateliers_parents.satisfaction", {"": (430, 50)}),
        ("ase.beneficiaires", {"": 150}),
        ("ase.pris_en_charge", {"": 80}),
        ("ase.pris_en_charge_16", {"": 20}),
        ("ase.renouvellements_css", {"": 3}),
        ("ase.rdv_19", {"": 2}),
        ("ase.jeunes_rencontres", {"": 12}),
        ("ase.part_nouveaux", {"": (8, 80)}),
        ("ase.organismes_rdv_19", {"": 1}),
        ("ase.organismes_actions_caf", {"": 1}),
        ("ase.organismes_convention", {"SIGNEE": 1, "EN_COURS": 1}),
        ("ase.part_rencontre_annuelle", {"": (2, 3)}),
        ("ase.part_actions_jeunes", {"": (1, 3)}),
        ("ase.part_actions_professionnels", {"": (1, 3)}),
        ("ase.part_actions_departement", {"": (1, 3)}),
    ],
)
def test_an_indicator_of_the_nation(published, indicateur, expected):
    assert figures(published, indicateur) == expected


def test_every_survey_indicator_is_tested():
    tested = {case[0] for case in test_an_indicator_of_the_nation.pytestmark[0].args[1]}
    assert tested == {i.id for i in CATALOGUE if i.source == "enquete"}


def test_a_region_has_its_own_organismes_and_an_organisme_its_counts(published):
    assert figures(published, "aller_vers.organismes", territoire="76") == {"JEUNES": 1, "ECROUES": 1}
    assert figures(published, "aller_vers.part_organismes", territoire="76") == {"JEUNES": (1, 2), "ECROUES": (1, 2)}
    assert figures(published, "aller_vers.actions", territoire="311") == {"": 3}
    assert figures(published, "aller_vers.part_organismes", territoire="311") == {}


def test_a_share_without_denominator_is_not_written(published):
    rows = "SELECT COUNT(*) FROM marts.indicateurs WHERE territoire = '75' AND indicateur IN "
    assert published(
        rows + "('ase.part_nouveaux', 'ateliers_parents.taux_presence', 'ateliers_parents.satisfaction')"
    ) == [(0,)]


def test_an_evolution_needs_the_survey_of_the_year_before(published):
    assert published("SELECT DISTINCT annee FROM marts.indicateurs WHERE indicateur = 'conventions.evolution'") == [
        (2024,)
    ]
    assert published("SELECT annee, complete FROM ref.annees WHERE source = 'enquete' ORDER BY 1") == [
        (2021, True), (2023, True), (2024, True),
    ]  # fmt: skip


def test_structures_know_the_organismes_that_have_a_convention(published):
    found = published(
        "SELECT annee, territoire, structure, organismes_conventionnes FROM marts.structures "
        "WHERE niveau <> 'organisme' ORDER BY ALL"
    )
    assert found == [
        (2022, "76", "CROIX-ROUGE", None), (2022, "FR", "CROIX-ROUGE", None),
        (2024, "76", "CROIX-ROUGE", 0), (2024, "76", "FRANCE TRAVAIL", 2),
        (2024, "FR", "CROIX-ROUGE", 0), (2024, "FR", "FRANCE TRAVAIL", 2),
    ]  # fmt: skip


def test_the_query_shown_for_a_figure_gives_that_figure(published):
    for indicator in (i for i in CATALOGUE if i.source == "enquete" and not i.sql):
        sql = figure_sql(indicator, 2024, "national", "FR", "ensemble")
        rows = [row if len(row) == 2 + (indicator.unit != "nombre") else ("", *row) for row in published(sql)]
        found = {m: tuple(whole) if whole[1:] else whole[0] for m, *whole in rows if whole[0] and all(whole)}
        assert found == figures(published, indicator.id), indicator.id


# --- checks that block publication --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("check", "row", "wrong"),
    [
        (additivity, ("region", "76", "ensemble", "enquete.repondants", 2), "enquete.repondants 2024"),
        (levels, ("organisme", "311", "ensemble", "aller_vers.part_atelier", 1), "aller_vers.part_atelier organisme"),
        (levels, ("national", "FR", "ensemble", "ass.dossiers", 1), "ass.dossiers national"),
        (levels, ("national", "FR", "jeunes", "ase.rdv_19", 1), "ase.rdv_19 national jeunes"),
        (additivity, ("organisme", "311", "ensemble", "ass.dossiers", 1), None),
        (levels, ("organisme", "311", "ensemble", "ase.rdv_19", 1), None),
    ],
)
def test_a_figure_out_of_place_blocks_publication(check, row, wrong):
    with duckdb.connect() as con:
        con.execute("CREATE SCHEMA marts")
        con.execute(
            "CREATE TABLE marts.indicateurs AS SELECT 2024 AS annee, ? AS niveau, ? AS territoire, ? AS public, "
            "? AS indicateur, '' AS modalite, ? AS numerateur",
            row,
        ).fetchall()
        finding = check(con)
    assert finding.passed is (wrong is None)
    assert wrong is None or wrong in finding.text


# --- marts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mart", ["aller_vers", "conventions", "ateliers_parents", "ase"])
def test_a_mart_is_filled_and_commented(published, mart):
    declared = BY_FULL_NAME[f"marts.{mart}"]
    found = published(
        f"SELECT column_name, comment FROM duckdb_columns() WHERE schema_name = 'marts' AND table_name = '{mart}' "
        "ORDER BY column_index"
    )
    assert found == [(c.name, c.comment) for c in declared.columns]
    assert all(comment for _, comment in found)
    assert published(f"SELECT DISTINCT annee FROM marts.{mart} WHERE annee = 2024") == [(2024,)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("actions, organismes, personnes_ciblees, part_service_misas, personnes_canal_sms, taux_aide_ponctuel "
         "FROM marts.aller_vers WHERE population = 'JEUNES'", (4, 2, 122, 0.5, 100, 0.25)),
        ("actions, actions_hors_les_murs, personnes_ciblees_hors_contacts, organismes FROM marts.aller_vers "
         "WHERE population = 'ENSEMBLE'", (5, 2, 25, None)),
        ("organismes_conventionnes, evolution_organismes, organismes_implantes, part_couverture FROM marts.conventions "
         "WHERE partenaire = 'CAF'", (2, 1, 2, 0.5)),
        ("organismes_repondants, organismes_ateliers, invitations, presents, orientes_caf, note_satisfaction "
         "FROM marts.ateliers_parents WHERE TRUE", (3, 2, 160, 70, 4, 8.6)),
        ("beneficiaires, nouveaux, part_nouveaux, organismes_convention_signee, part_rencontre_annuelle FROM marts.ase "
         "WHERE TRUE", (150, 8, 0.1, 1, 2 / 3)),
    ],
)  # fmt: skip
def test_a_mart_agrees_with_the_indicators(published, query, expected):
    assert published(f"SELECT {query} AND annee = 2024 AND niveau = 'national'") == [expected]
