"""Slides about who the accompanied people are: one declaration, parameterised by the public."""

from dashboards.figures.view import ANNEE, ENSEMBLE
from dashboards.slides import headlines as h
from dashboards.slides.blocks import BY_NATURE, Bars, KeyFigure, Part, Slide
from schemas.publics import EVERYONE

RIGHTS = ("profil.part_medecin_traitant", "profil.part_c2s", "profil.part_ald")


def profile(code: str, title: str, public: str) -> Slide:
    """The profile of a public, beside all the accompanied, or beside the year before for all of them."""
    return Slide(
        code, title, "Profil des personnes dont l'accompagnement a été clôturé", h.profile,
        keys=(
            KeyFigure("clotures.nombre", change="clotures.evolution", share="clotures.part_public"),
            KeyFigure("clotures.taux_succes"),
            KeyFigure("profil.age_median"),
        ),
        main=Bars("Âge à la saisine", (Part("profil.part_age"),), BY_NATURE),
        side=(
            Bars(
                "Sexe, et situation à la fin de l'accompagnement",
                (Part("profil.part_sexe"), *(Part(i) for i in RIGHTS)), BY_NATURE,
            ),
            Bars("Résultats de l'accompagnement", (Part("clotures.part_motif"),), BY_NATURE),
        ),
        sentences=(h.profile_gaps,),
        public=public, beside=ANNEE if public == EVERYONE.code else ENSEMBLE,
    )  # fmt: skip


def themes(code: str, title: str, public: str) -> Slide:
    """What the accompaniments of a public deal with, and whom they orient it to."""
    return Slide(
        code, title, "Thématiques abordées par les accompagnements clôturés", h.themes,
        main=Bars("Thématiques d'accompagnement", (Part("thematiques.part"),)),
        side=(Bars("Cinq premiers partenaires d'orientation", (Part("orientation.part_partenaire"),), first=5),),
        sentences=(h.orientation,),
        public=public, beside=ENSEMBLE,
    )  # fmt: skip
