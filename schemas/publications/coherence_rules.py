"""The relations that hold between the figures of each published document, whatever they are worth.

A figure is named by its key in `schemas/publications/`. What an indicator prints twice needs no rule here.
"""

from collections.abc import Mapping

from schemas.publications.coherence import (
    AtMost,
    Change,
    Descending,
    Label,
    Mean,
    Ratio,
    Rest,
    Rule,
    Same,
    Times,
    Total,
    Whole,
    WholeNumber,
)

DECK = "Diaporama ADASS 2024"
REPORT = "Rapport Action sociale CPAM 31, 2022"

# --- the national deck --------------------------------------------------------------------------------------

MOTIFS = ("soins_realises", "succes_sans_soin", "succes_partiel", "abandon", "non_pertinent", "hors_cpam", "transfert")
SUCCES = MOTIFS[:3]
AGES = ("moins_de_25", "25_39", "40_49", "50_59", "60_et_plus")
AGES_GENERAL = ("moins_de_25", "25_39", "40_49_50_59", "60_et_plus")
PROFILS = ("p_jeunes", "p_ti", "p_help", "p_handicap", "p_sans_emploi")
DETECTIONS, CLOTURES, REPONDANTS = "conclusion.detections.nombre", "a7.clotures.nombre", "b2.enquete.repondants"
TOP10 = (
    "help_ti", "france_travail", "conseil_departemental", "mission_locale", "forum_des_refugies", "restos_du_coeur",
    "caf", "adoma", "france_service", "spip",
)  # fmt: skip
PARTNERS = (
    "acteurs_de_l_enseignement_superieur", "adoma", "apf_france_handicap", "caisses_d_allocations_familiales",
    "ccas_cias", "convergence_france", "croix_rouge_francaise", "emmaus", "france_terre_d_asile", "mutualite_francaise",
    "france_travail", "restaurants_du_coeur", "secours_populaire_francais", "udaf",
)  # fmt: skip

# Populations of the survey, in the order of the bars: their code, and the slides on actions for them.
POPULATIONS = {
    "jeunes": "c_jeunes", "jeunes_fragilite": "c_jeunes", "handicap": "c_handicap", "demandeurs_emploi": "c_emploi",
    "parentalite": "c_parents", "independants": "c_ti", "proches_aidants": "c_aidants", "ecroues": "c_ecroues",
    "monoparentalite": "c_monoparentalite", "perte_proche": "c_proche",
}  # fmt: skip
HORS_LES_MURS = (
    "jeunes", "jeunes_fragilite", "demandeurs_emploi", "handicap", "parentalite", "perte_proche", "monoparentalite",
    "independants", "proches_aidants",
)  # fmt: skip
LABELS = {
    "c_ase.aller_vers.actions_public:ase": "bénéficiaires de l'ASE",
    "c_ti.aller_vers.actions_public:independants": "travailleurs indépendants",
    "c_handicap.aller_vers.actions_public:handicap": "personnes vivant un handicap",
    "c_emploi.aller_vers.actions_public:demandeurs_emploi": "demandeurs d'emploi",
    "c_parents.aller_vers.actions_public:parentalite": "jeunes parents",
    "c_monoparentalite.aller_vers.actions_public:monoparentalite": "familles monoparentales",
    "c_aidants.aller_vers.actions_public:proches_aidants": "proches aidant",
}


def _each(stem: str, modalities: tuple[str, ...], end: str = "") -> tuple[str, ...]:
    return tuple(f"{stem}:{m}{end}" for m in modalities)


def _organismes(population: str) -> str:
    return f"b3.aller_vers.organismes:{population}"


def _hors_les_murs(population: str) -> str:
    return f"b3.aller_vers.organismes_hors_les_murs:{population}"


def _part(population: str, what: str = "organismes") -> str:
    return f"{POPULATIONS[population]}.aller_vers.part_{what}:{population}"


DETECTED = (
    Whole("total_100.detections_type", ("a1.detections.part_type:soins", "a1.detections.part_type:hors_soins")),
    Mean(
        "moyenne.detections_soins", "a3.detections.part_externe", "a3.detections.part_soins_externe",
        "a3.detections.part_soins_interne", "a1.detections.part_type:soins",
    ),
    AtMost(
        "au_plus.organismes_par_taux_externe",
        _each("a3.detections.organismes_par_taux_externe", ("de_20_a_40", "plus_de_40")),
    ),
    AtMost("au_plus.detecteurs_internes", _each("a4.detections.part_categorie_interne", ("am_accueil", "am_requetes"))),
    Ratio(
        "rapport.requetes", ("a4.detections.nombre_categorie:am_requetes",),
        Times((Rest("a3.detections.part_externe"), DETECTIONS)), "a4.detections.part_categorie_interne:am_requetes",
    ),
    Change("variation.detections", "conclusion.detections.nombre@2023", DETECTIONS, "a1.detections.evolution"),
    Ratio(
        "rapport.top10", _each("a6.structures.accompagnements", TOP10),
        Times(("a3.detections.part_externe", DETECTIONS)), "a6.structures.part_top10",
    ),
    Descending("ordre.top10", _each("a6.structures.accompagnements", TOP10)),
    *(
        Same(
            f"meme_chiffre.conventions_{structure}", f"b2.conventions.organismes:{partner}",
            f"a6.structures.organismes_conventionnes:{structure}",
        )
        for structure, partner in (
            ("france_travail", "france_travail"), ("restos_du_coeur", "restaurants_du_coeur"),
            ("caf", "caisses_d_allocations_familiales"), ("adoma", "adoma"),
        )
    ),
)  # fmt: skip

CLOSED = (
    Change("variation.clotures", "a7.clotures.nombre@2023", CLOTURES, "a7.clotures.evolution"),
    *(Whole(f"total_100.motifs_{p}", _each(f"{p}.clotures.part_motif", MOTIFS)) for p in ("a7", *PROFILS)),
    *(Whole(f"total_100.motifs_{p}_ensemble", _each(f"{p}.clotures.part_motif", MOTIFS, "@ensemble")) for p in PROFILS),
    *(
        Total(f"somme.succes_{p}", _each(f"{p}.clotures.part_motif", SUCCES), f"{p}.clotures.taux_succes")
        for p in ("a7", *PROFILS)
    ),
    Ratio("rapport.succes", ("conclusion.clotures.nombre_succes",), CLOTURES, "a7.clotures.taux_succes"),
    *(Ratio(f"rapport.{p}", (f"{p}.clotures.nombre",), CLOTURES, f"{p}.clotures.part_public") for p in PROFILS),
    AtMost(
        "au_plus.orientation_reussie", ("a8.gains.orientation",),
        ("p_focus_help.thematiques.part:orientation@ensemble",),
    ),
    Whole("total_100.succes", ("a9.soins.part_des_succes", "a11.hors_soins.part_des_succes")),
    Mean(
        "moyenne.durees", "a9.soins.part_des_succes", "a9.soins.duree_moyenne", "a11.hors_soins.duree_moyenne",
        "a9.durees.moyenne", covered="a7.clotures.taux_succes",
    ),
    AtMost("au_plus.soins_seuls", ("a9.soins.part_thematique:droits", "a9.soins.part_uniquement_soins")),
    AtMost(
        "au_plus.droits_seul", ("a11.hors_soins.part_thematique_seule:droits",),
        ("a11.hors_soins.part_thematique:droits",),
    ),
    AtMost(
        "au_plus.numerique_seul", ("a11.hors_soins.part_thematique_seule:numerique",),
        ("a11.hors_soins.part_thematique:numerique",),
    ),
    AtMost(
        "au_plus.droits_ou_numerique_seul",
        ("a11.hors_soins.part_thematique:droits", "a11.hors_soins.part_thematique_seule:numerique"),
    ),
    AtMost(
        "au_plus.numerique_ou_droits_seul",
        ("a11.hors_soins.part_thematique:numerique", "a11.hors_soins.part_thematique_seule:droits"),
    ),
)  # fmt: skip

TYPES = ("generaliste", "specialiste", "dentaire_conservateur", "dentaire_prothetique", "medicaments")
RANKED = (
    ("types_soins", "a10.soins.part_type_soins", TYPES),
    ("specialites", "a10.soins.part_specialite", ("gynecologie", "neuro_psychiatrie", "cardiologie")),
    ("detecteurs_generaliste", "a10.soins.part_detecteur_generaliste", ("am_autres", "am_accueil", "am_requetes")),
)
RANKS = (
    *(AtMost(f"au_plus.{name}", _each(stem, modalities)) for name, stem, modalities in RANKED),
    *(Descending(f"ordre.{name}", _each(stem, modalities)) for name, stem, modalities in RANKED),
)

PROFILES = (
    *(
        Whole(f"total_100.age_{name}", _each("p_general.profil.part_age", AGES_GENERAL, end))
        for name, end in (("p_general", ""), ("p_general_2023", "@2023"))
    ),
    *(
        Whole(f"total_100.age_{p}{end.replace('@', '_')}", _each(f"{p}.profil.part_age", AGES, end))
        for p in PROFILS[1:]
        for end in ("", "@ensemble")
    ),
    Total(
        "somme.age_40_59", _each("p_ti.profil.part_age", ("40_49", "50_59"), "@ensemble"),
        "p_general.profil.part_age:40_49_50_59",
    ),
    *(
        Whole(f"total_100.sexe_{p}{end.replace('@', '_')}", _each(f"{p}.profil.part_sexe", ("h", "f"), end))
        for p, ends in (("p_general", ("", "@2023")), *((p, ("", "@ensemble")) for p in PROFILS))
        for end in ends
    ),
    Change(
        "variation.60_et_plus", "p_general.profil.part_age:60_et_plus@2023", "p_general.profil.part_age:60_et_plus",
        "p_general.variation_60",
    ),
    Change(
        "variation.medecin_traitant", "p_general.profil.part_medecin_traitant@2023",
        "p_general.profil.part_medecin_traitant", "p_general.variation_medecin_traitant",
    ),
    Change(
        "variation.help_non_pertinent", "p_help.clotures.part_motif:non_pertinent@ensemble",
        "p_help.clotures.part_motif:non_pertinent", "p_help.variation_non_pertinent",
    ),
    AtMost("au_plus.persona_jeunes", ("p_jeunes.persona",), ("p_jeunes.age_limite",)),
    Same("meme_chiffre.pauvrete_ti", "cibles.pauvrete_ti", "cibles.pauvrete_ti_lecture"),
    Total("somme.seuil_pauvrete", ("cibles.seuil_seule", "cibles.seuil_autre"), "cibles.seuil_couple"),
    Same("meme_chiffre.creic_delai", "creic.delai_reponse", "creic.delai_absence"),
)  # fmt: skip

HELPED, INFORMED = "b1.aller_vers.personnes_aidees", "b1.aller_vers.personnes_informees"
CONTACTS = ("hors_contacts", "contact_sortant")
SURVEY = (
    AtMost("au_plus.hors_les_murs", ("b1.aller_vers.actions_hors_les_murs",), ("b1.aller_vers.actions",)),
    *(AtMost(f"au_plus.aidees_{c}", (f"{HELPED}:{c}",), (f"{INFORMED}:{c}",)) for c in CONTACTS),
    Total("somme.personnes_informees", _each(INFORMED, CONTACTS), "conclusion.personnes_informees"),
    Total("somme.personnes_aidees", _each(HELPED, CONTACTS), "conclusion.personnes_aidees"),
    AtMost(
        "au_plus.actions_par_population", ("c_jeunes.aller_vers.actions_public:jeunes_jeunes_fragilite", *LABELS),
        ("b1.aller_vers.actions",),
    ),
    *(
        Change(
            f"variation.conventions_{p}", f"b2.conventions.organismes:{p}@2023", f"b2.conventions.organismes:{p}",
            f"b2.conventions.evolution:{p}",
        )
        for p in PARTNERS
    ),
    *(
        AtMost(
            f"au_plus.conventions_{p}{end.replace('@', '_')}", (f"b2.conventions.organismes:{p}{end}",),
            (f"{REPONDANTS}{end}",),
            note=" ; une note y ajoute des enquêtes auprès des partenaires, sans dire combien" if not end else "",
        )
        for p in PARTNERS
        for end in ("", "@2023")
    ),
    Descending("ordre.organismes", tuple(_organismes(p) for p in POPULATIONS)),
    Descending("ordre.organismes_hors_les_murs", tuple(_hors_les_murs(p) for p in HORS_LES_MURS)),
    *(AtMost(f"au_plus.repondants_{p}", (_organismes(p),), (REPONDANTS,)) for p in POPULATIONS),
    *(AtMost(f"au_plus.hors_les_murs_{p}", (_hors_les_murs(p),), (_organismes(p),)) for p in HORS_LES_MURS),
    *(Ratio(f"rapport.organismes_{p}", (_organismes(p),), REPONDANTS, _part(p)) for p in POPULATIONS),
    *(
        Ratio(f"rapport.hors_les_murs_{p}", (_hors_les_murs(p),), _organismes(p), _part(p, "hors_les_murs"))
        for p in HORS_LES_MURS
        if p != "perte_proche"  # the slide gives no such share
    ),
    *(
        AtMost(f"au_plus.organismes_actions_{cle.partition(':')[2]}", (_organismes(cle.partition(":")[2]),), (cle,))
        for cle in LABELS
        if not cle.endswith(":ase")  # has no bar
    ),
    *(Label(f"etiquette.{cle.partition('.')[0]}", cle, population, tuple(LABELS)) for cle, population in LABELS.items()),
)  # fmt: skip


def _bases(population: str) -> tuple[str | Times, ...]:
    """Organismes with actions for the population: the bar, and what the slide on these actions says."""
    return (_organismes(population), Times((_part(population), REPONDANTS)))


_SERVICES = ("partenariat", "misas", "ces")
WHOLE_NUMBERS = (
    *(
        WholeNumber(
            f"effectif_entier.{population}_{what.rpartition('.part_')[2].partition(':')[0]}",
            f"{POPULATIONS[population]}.{what}", _bases(population),
        )
        for population, what in (
            *((p, f"aller_vers.part_{w}:{p}") for p, w in (
                ("jeunes", "pluridisciplinaire"), ("handicap", "contact_sortant"), ("handicap", "pluridisciplinaire"),
                ("demandeurs_emploi", "contact_sortant"), ("demandeurs_emploi", "pluridisciplinaire"),
                ("parentalite", "contact_sortant"), ("parentalite", "co_construction"),
                ("parentalite", "pluridisciplinaire"), ("independants", "contact_sortant"),
                ("independants", "pluridisciplinaire"), ("proches_aidants", "contact_sortant"),
                ("proches_aidants", "pluridisciplinaire"),
            )),
        )
    ),
    *(
        WholeNumber(f"effectif_entier.{p}_{s}", f"c_jeunes.aller_vers.part_service:{p}_{s}", _bases(p))
        for p in ("jeunes", "jeunes_fragilite")
        for s in _SERVICES
    ),
    # « des organismes », without saying of which: of those with actions, or of all respondents
    *(
        WholeNumber(f"effectif_entier.{name}", cle, (*_bases(population), REPONDANTS))
        for name, cle, population in (
            ("ecroues_atelier", "c_ecroues.aller_vers.part_atelier:ecroues", "ecroues"),
            ("ecroues_entretien", "c_ecroues.aller_vers.part_entretien:ecroues", "ecroues"),
            ("ecroues_caf", "c_ecroues.part_caf", "ecroues"),
            ("perte_proche_contact_sortant", "c_proche.part_contact_sortant", "perte_proche"),
        )
    ),
    *(
        WholeNumber(f"effectif_entier.{p}_ponctuel", _part(p, "ponctuel"), (_hors_les_murs(p),))
        for p in ("handicap", "demandeurs_emploi", "parentalite")
    ),
)  # fmt: skip

PARENTS, ASE, PROCHE = "c_ateliers.ateliers_parents", "c_ase.ase", "c_proche.aller_vers"
EVENTS = (
    *(
        AtMost(f"au_plus.ateliers_{f}", (f"{PARENTS}.part_format:{f}",), (f"{PARENTS}.part_organismes",))
        for f in ("physique", "distance")
    ),
    AtMost(
        "au_plus.ateliers_formats", (f"{PARENTS}.part_organismes",),
        _each(f"{PARENTS}.part_format", ("physique", "distance")),
    ),
    Total(
        "somme.orientes", _each(f"{PARENTS}.part_orientes", ("caf", "cpam", "commun")), "c_ateliers.part_orientes"
    ),
    AtMost("au_plus.ase_pris_en_charge", (f"{ASE}.pris_en_charge",), (f"{ASE}.beneficiaires",)),
    AtMost("au_plus.ase_16_ans", (f"{ASE}.pris_en_charge_16",), (f"{ASE}.pris_en_charge",)),
    AtMost("au_plus.ase_renouvellements", (f"{ASE}.renouvellements_css",), (f"{ASE}.pris_en_charge_16",)),
    AtMost("au_plus.ase_organismes_rdv", (f"{ASE}.organismes_rdv_19",), (f"{ASE}.rdv_19",)),
    AtMost(
        "au_plus.ase_organismes_actions", (Times(("c_ase.aller_vers.part_organismes:ase", REPONDANTS)),),
        ("c_ase.aller_vers.actions_public:ase",),
    ),
    AtMost("au_plus.ase_jeunes", (f"{ASE}.part_actions_jeunes",), ("c_ase.aller_vers.part_organismes:ase",)),
    AtMost(
        "au_plus.monoparentalite_tznr", ("c_monoparentalite.experimentation",), (_organismes("monoparentalite"),)
    ),
    AtMost(
        "au_plus.proche_informees", (f"{PROCHE}.personnes_informees_public:perte_proche",),
        (f"{PROCHE}.personnes_ciblees_public:perte_proche",),
    ),
    AtMost(
        "au_plus.proche_aidees", (f"{PROCHE}.personnes_aidees_public:perte_proche",),
        (f"{PROCHE}.personnes_informees_public:perte_proche",),
    ),
    AtMost("au_plus.proche_contacts", ("c_proche.part_contact_sortant",), (_part("perte_proche"),)),
    AtMost("au_plus.proche_soins", ("c_proche.recours_soins",), (_organismes("perte_proche"),)),
)  # fmt: skip

# --- the local report ---------------------------------------------------------------------------------------

OFFRES = ("parcours_sante_jeunes", "route_de_ma_sante")
OPENINGS = _each("aller_vers.entretiens.issues", ("c2s", "puma", "ame"))
FAMILLES = ("acces_soins", "afd", "oc", "aim", "handicap", "pdp", "prado", "sp")
FAMILLES_WITH_SHARE = tuple(f for f in FAMILLES if f != "handicap")
ASS_DOSSIERS, ASS_FAMILLE, ASS_PART = "ass.ass.dossiers", "ass.ass.dossiers_famille", "ass.ass.part_famille"
PARAMETRIQUE = ("demandes_afd", "demandes_techniques", "demandes_primes")
DOMICILE = ("demandes_menageres", "demandes_handicap", "demandes_palliatifs")

ALLER_VERS = (
    Total(
        "somme.jours_presence",
        (
            *_each(
                "aller_vers.entretiens.jours_partenaire",
                ("plateforme_sante_precarite", "medecins_du_monde", "griselidis"),
            ),
            "aller_vers.jours_espoir", "aller_vers.jours_grand_ramier",
        ),
        "aller_vers.entretiens.jours",
    ),
    AtMost(
        "au_plus.issues_entretiens", (*OPENINGS, "aller_vers.entretiens.issues:information"), ("aller_vers.genere",)
    ),
    AtMost(
        "au_plus.mises_a_jour",
        (Times(("aller_vers.entretiens.part_mise_a_jour", "aller_vers.entretiens.personnes")),), OPENINGS,
    ),
    Same("meme_chiffre.partenaires", "aller_vers.partenaires", "aller_vers.partenaires#2"),
    Same("meme_chiffre.partenaires_misas", "aller_vers.partenaires", "misas.partenaires"),
    Total(
        "somme.ateliers_naissance", ("maternite.ateliers_semestre", "maternite.ateliers_semestre"),
        "maternite.ateliers_naissance",
    ),
)  # fmt: skip

COORDINATION = (
    *(
        Total(f"somme.ateliers_{what}", _each(f"cas.ateliers.{what}", OFFRES), f"cas.ateliers.{what}")
        for what in ("nombre", "participants", "inscriptions")
    ),
    Ratio(
        "rapport.inscriptions", ("cas.ateliers.inscriptions",), "cas.ateliers.participants",
        "cas.ateliers.taux_inscription",
    ),
    AtMost("au_plus.ecroues_c2s", ("cas.ateliers.ouvertures_c2s:ecroues",), ("cas.ateliers.participants:ecroues",)),
    Total(
        "somme.inclusion_partenaires", ("cas.connexions_webinaire", "cas.volontaires"),
        "cas.formations.participants:numerique",
    ),
    Total(
        "somme.inclusion_assures",
        ("cas.personnes_mfs", "cas.personnes_mutaero", "cas.ateliers_droits", "cas.personnes_seniors"),
        "cas.inclusion_assures",
    ),
    AtMost("au_plus.misas_soins", ("misas.clotures.nombre_motif:soins_realises",), ("misas.detections.nombre",)),
    AtMost("au_plus.misas_conseillers", ("aller_vers.conseillers",), ("misas.conseillers",)),
    AtMost("au_plus.lup_partenaires", ("lup.partenaires",), ("lup.partenaires_total",)),
    AtMost("au_plus.lup_etablissements", ("lup.lup.etablissements",), ("lup.partenaires_total",)),
)  # fmt: skip

AIDS = (
    Total("somme.dossiers_decisions", _each("ass.ass.decisions", ("accorde", "refuse", "non_presente")), ASS_DOSSIERS),
    Total("somme.dossiers_presentes_decisions", _each("ass.ass.decisions", ("accorde", "refuse")), "ass.presentes"),
    Total("somme.dossiers_presentes", ("ass.presentes", "ass.ass.decisions:non_presente"), ASS_DOSSIERS),
    Total("somme.dossiers_familles", _each(ASS_FAMILLE, FAMILLES), ASS_DOSSIERS),
    *(
        Ratio(f"rapport.famille_{f}", (f"{ASS_FAMILLE}:{f}",), ASS_DOSSIERS, f"{ASS_PART}:{f}")
        for f in FAMILLES_WITH_SHARE
    ),
    AtMost("au_plus.parts_familles", _each(ASS_PART, FAMILLES_WITH_SHARE)),
    AtMost(
        "au_plus.acces_soins",
        tuple(f"ass.ass.dossiers_categorie:acces_soins_{c}" for c in ("dentaire", "optique", "orthodontie", "auditif")),
        (f"{ASS_FAMILLE}:acces_soins",),
    ),
    AtMost("au_plus.psychiatrie", ("ass.ass.dossiers_categorie:handicap_psychiatrie",), (f"{ASS_FAMILLE}:handicap",)),
    *(
        AtMost(f"au_plus.{cle}", (f"ass.{cle}",), (f"{ASS_FAMILLE}:{famille}",))
        for cle, famille in (
            ("demandes_afd", "afd"), ("demandes_menageres", "aim"), ("demandes_handicap", "handicap"),
            ("demandes_palliatifs", "sp"),
        )
    ),
    AtMost("au_plus.demandes_presentees", tuple(f"ass.{d}" for d in (*PARAMETRIQUE, *DOMICILE)), ("ass.presentes",)),
    Total(
        "somme.dotation_parametrique",
        ("ass.ass.montant_famille:afd", "ass.montant_techniques", "ass.montant_primes", "ass.montant_subventions"),
        "ass.ass.montant:parametrique",
    ),
    Total(
        "somme.dotation_maintien_domicile", _each("ass.ass.montant_famille", ("aim", "handicap", "sp")),
        "ass.ass.montant:maintien_domicile",
    ),
    AtMost("au_plus.dotation_prado", ("ass.ass.montant:prado",), ("ass.budget_prado",)),
)  # fmt: skip

RULES: Mapping[str, tuple[Rule, ...]] = {
    DECK: (*DETECTED, *CLOSED, *RANKS, *PROFILES, *SURVEY, *WHOLE_NUMBERS, *EVENTS),
    REPORT: (*ALLER_VERS, *COORDINATION, *AIDS),
}
