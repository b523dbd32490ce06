"""Parts C and D: the publics by population, then by life event: who they are, and what is done for them."""

from dashboards.figures.view import ENSEMBLE
from dashboards.slides import headlines_enquete as h
from dashboards.slides.actions import actions, services, ways
from dashboards.slides.blocks import BOTH, BY_NATURE, Bars, KeyFigure, Part, Section, Slide, Targets
from dashboards.slides.profils import profile, themes
from schemas.context.contexte import EVENEMENT, POPULATION

CARE = Slide(
    "C6", "ASE : prise en charge", "Bénéficiaires de l'aide sociale à l'enfance (ASE)", h.ase,
    keys=(KeyFigure("ase.beneficiaires"), KeyFigure("ase.pris_en_charge"), KeyFigure("ase.part_nouveaux")),
    main=Bars(
        "Bénéficiaires", (Part("ase.beneficiaires"), Part("ase.pris_en_charge"), Part("ase.pris_en_charge_16")),
        BY_NATURE,
    ),
    source="enquete", public=ENSEMBLE,
)  # fmt: skip
EXITS = Slide(
    "C7", "ASE : sorties sèches", "Droits des jeunes qui sortent de l'aide sociale à l'enfance (ASE)", h.dry_exits,
    keys=(KeyFigure("ase.renouvellements_css"), KeyFigure("ase.rdv_19"), KeyFigure("ase.organismes_rdv_19")),
    main=Bars(
        "Organismes, par forme de collaboration",
        (Part("ase.organismes_rdv_19"), Part("ase.organismes_actions_caf"), Part("ase.organismes_convention", named=BOTH)),
        BY_NATURE,
    ),
    source="enquete", public=ENSEMBLE,
)  # fmt: skip
CHILDREN = Slide(
    "C8", "ASE : actions", "Actions vers les bénéficiaires de l'aide sociale à l'enfance (ASE)", h.ase_actions,
    keys=(
        KeyFigure("aller_vers.part_organismes", "ASE", name="Organismes répondants qui mènent des actions"),
        KeyFigure("aller_vers.actions_public", "ASE", name="Actions déclarées"),
        KeyFigure("ase.jeunes_rencontres"),
    ),
    main=Bars(
        "Organismes répondants",
        (
            Part("ase.part_rencontre_annuelle"), Part("ase.part_actions_jeunes"),
            Part("ase.part_actions_professionnels"), Part("ase.part_actions_departement"),
        ),
    ),
    source="enquete", public=ENSEMBLE,
)  # fmt: skip
PARENTS = Slide(
    "D4", "Ateliers futurs parents", "Ateliers collectifs CAF et CPAM pour les futurs parents", h.parents,
    keys=(
        KeyFigure("ateliers_parents.invitations"), KeyFigure("ateliers_parents.taux_presence"),
        KeyFigure("ateliers_parents.satisfaction"),
    ),
    main=Bars(
        "Organismes répondants", (Part("ateliers_parents.part_organismes"), Part("ateliers_parents.part_format", named=BOTH)),
        BY_NATURE,
    ),
    side=(
        Bars("Personnes présentes, orientées ensuite", (Part("ateliers_parents.part_orientes"),), BY_NATURE),
    ),
    source="enquete", public=ENSEMBLE,
)  # fmt: skip
PRISONERS = Slide(
    "D7", "Personnes écrouées", "Actions déclarées par les organismes vers les personnes écrouées",
    h.actions("ECROUES"),
    keys=(
        KeyFigure("aller_vers.part_organismes", "ECROUES", name="Organismes répondants qui mènent des actions"),
        KeyFigure("aller_vers.actions_public", "ECROUES", name="Actions déclarées"),
        KeyFigure("aller_vers.personnes_informees_public", "ECROUES", name="Personnes rencontrées"),
    ),
    main=ways("ECROUES"),
    side=(
        Bars("Personnes rencontrées, aidées", (Part("aller_vers.taux_aide", under="ECROUES"),)),
        Bars("Personnes rencontrées, orientées", (Part("aller_vers.taux_orientation", under="ECROUES"),)),
    ),
    sentences=(h.first_partner("ECROUES"),),
    source="enquete", public=ENSEMBLE,
)  # fmt: skip
BEREAVED = Slide(
    "D9", "Perte d'un proche", "Actions déclarées par les organismes vers les personnes ayant perdu un proche",
    h.actions("PERTE_PROCHE"),
    keys=(
        KeyFigure("aller_vers.personnes_ciblees_public", "PERTE_PROCHE", name="Personnes ciblées"),
        KeyFigure("aller_vers.personnes_informees_public", "PERTE_PROCHE", name="Personnes informées"),
        KeyFigure("aller_vers.personnes_aidees_public", "PERTE_PROCHE", name="Personnes aidées dans une démarche"),
    ),
    main=ways("PERTE_PROCHE"),
    side=(
        Bars("Personnes ciblées, par canal de contact", (Part("aller_vers.personnes_canal", under="PERTE_PROCHE"),)),
        services("PERTE_PROCHE"),
    ),
    sentences=(h.first_partner("PERTE_PROCHE"),),
    source="enquete", public=ENSEMBLE,
)  # fmt: skip

C = Section(
    "C", "Profils des publics",
    (
        Slide(
            "C1", "Publics cibles", "Les publics de l'approche populationnelle, et leur pauvreté",
            h.target_populations, main=Targets("Nos publics", POPULATION), source="", compares=False,
        ),
        profile("C2", "Profil général", ENSEMBLE),
        profile("C3", "Profil : jeunes", "jeunes"),
        actions("C4", "Actions : jeunes", "JEUNES"),
        actions("C5", "Jeunes en fragilité", "JEUNES_FRAGILITE"),
        CARE, EXITS, CHILDREN,
        profile("C9", "Profil : indépendants", "travailleurs_independants"),
        profile("C10", "Profil : HELP", "help"),
        themes("C11", "HELP : thématiques", "help"),
        actions("C12", "Actions : indépendants", "INDEPENDANTS"),
        profile("C13", "Profil : handicap", "handicap"),
        actions("C14", "Actions : handicap", "HANDICAP"),
    ),
)  # fmt: skip

D = Section(
    "D", "Événements de vie",
    (
        Slide(
            "D1", "Événements de vie", "Les publics touchés par un événement de vie, et leur pauvreté",
            h.target_events, main=Targets("Nos publics", EVENEMENT), source="", compares=False,
        ),
        profile("D2", "Profil : sans emploi", "sans_emploi"),
        actions("D3", "Demandeurs d'emploi", "DEMANDEURS_EMPLOI"),
        PARENTS,
        actions("D5", "Actions : jeunes parents", "PARENTALITE"),
        actions("D6", "Actions : monoparentales", "MONOPARENTALITE"),
        PRISONERS,
        actions("D8", "Actions : proches aidants", "PROCHES_AIDANTS"),
        BEREAVED,
    ),
)  # fmt: skip
