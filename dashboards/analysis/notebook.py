"""The published figures and the analysis in a notebook, as polars frames: what `from adass import ouvrir` gives.

Names and texts are French, like those of the commands (`docs/analyse.md`). Nothing is written.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from dashboards.access.roles import FULL, Access
from dashboards.analysis import questions, sentences
from dashboards.analysis.comparing import ADJUSTED, Comparison, compare
from dashboards.analysis.crossing import Crossed, cross
from dashboards.analysis.explaining import Explained, between_places, between_years, explain
from dashboards.analysis.questions import FRANCE, Question, Unanswerable
from dashboards.analysis.ranking import ranked
from dashboards.published import reading as published
from dashboards.published.reading import ORGANISME, Edition
from schemas.indicators.catalogue import BY_ID
from schemas.indicators.crossing import MEASURES
from schemas.indicators.dimensions import DIMENSIONS
from schemas.outputs.vintages import NoVintage
from schemas.publics import EVERYONE

Words = str | Sequence[str]  # "sexe,mois", or ["sexe", "mois"]


def ouvrir(marts: str | Path = "data/marts", millesime: str = "", *, diffusion: bool = False) -> "Publication":
    """Ouvre ce qui est publié dans un dossier, en lecture seule.

    `millesime` : un nom, `courant` ou `precedent` ; sinon le millésime courant. `diffusion` : ne lire que le fichier de
    diffusion, comme le ferait n'importe quel lecteur. Lève NoVintage si rien n'est publié.
    """
    edition = published.current(Path(marts), Access("diffusion") if diffusion else FULL, millesime)
    if edition is None:
        raise NoVintage(f"{marts} : rien n'est publié")
    return Publication(edition)


class Publication:
    """Un millésime ouvert. Chaque question rend un tableau polars, aux codes et colonnes de `docs/analyse.md`.

    Après une question, `requete` est l'instruction SQL qui l'a donnée et `phrase` ce qu'on en dirait. Une question sans
    réponse lève Unanswerable, dont le texte nomme les mots connus les plus proches.
    """

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self.requete = ""
        self.phrase = ""

    def croiser(
        self, mesure: str, par: Words = (), annee: int | None = None, territoire: str = FRANCE,
        public: str = EVERYONE.code, filtres: Mapping[str, Words] | None = None,
    ) -> pl.DataFrame:  # fmt: skip
        """Une mesure par trois dimensions au plus ; sans dimension, son total."""
        kept = tuple((name, _words(codes, empty=True)) for name, codes in (filtres or {}).items())
        return self._crossed(cross(self._edition, Question(mesure, _words(par), annee, territoire, public, kept)))

    def expliquer(
        self, mesure: str, par: Words = (), *, de: int | None = None, a: int | None = None, annee: int | None = None,
        territoire: str = FRANCE, face_a: str = "", public: str = EVERYONE.code,
    ) -> pl.DataFrame:  # fmt: skip
        """L'écart entre deux années (`de`, `a`) ou deux territoires (`annee`, `territoire`, `face_a`), groupe par groupe.

        Sans dimension, celle qui explique le plus.
        """
        names = _words(par)
        if de is not None and a is not None and not face_a:
            sides = between_years(mesure, names, de, a, territoire, public)
        elif annee is not None and face_a and de is None and a is None:
            sides = between_places(mesure, names, annee, territoire, face_a, public)
        else:
            raise Unanswerable("dites deux années (de, a) ou une année et deux territoires (annee, territoire, face_a)")
        return self._explained(explain(self._edition, *sides) if names else ranked(self._edition, *sides)[0].answer)

    def comparer(
        self, mesure: str, annee: int, niveau: str = ORGANISME, public: str = EVERYONE.code, ajuste: Words = ADJUSTED
    ) -> pl.DataFrame:
        """Les organismes ou les régions, à population égale."""
        return self._compared(compare(self._edition, mesure, annee, niveau, public, _words(ajuste)))

    def indicateur(
        self, indicateur: str, annee: int | None = None, niveau: str = "", territoire: str = "",
        public: str = EVERYONE.code,
    ) -> pl.DataFrame:  # fmt: skip
        """Les lignes d'un indicateur dans `marts.indicateurs` : toutes celles que les arguments donnés ne retiennent pas."""
        questions.known(indicateur, "indicateur inconnu", {i.id: i.label for i in BY_ID.values()})
        wanted = {
            "indicateur": indicateur,
            "niveau": niveau,
            "territoire": territoire,
            "public": public,
            "annee": annee,
        }
        given = [f"{name} = {value!r}" for name, value in wanted.items() if value]
        return self._read(
            f"SELECT *\nFROM marts.indicateurs\nWHERE {' AND '.join(given)}\nORDER BY annee, niveau, territoire, modalite"
        )

    def sql(self, requete: str) -> pl.DataFrame:
        """Le résultat d'une requête SQL. Lève les erreurs de DuckDB."""
        return self._read(requete)

    def mesures(self) -> pl.DataFrame:
        """Les mesures qui se croisent."""
        rows = [(i.id, i.label, i.unit, i.definition) for i in MEASURES.values()]
        return pl.DataFrame(rows, ["mesure", "libelle", "unite", "definition"], orient="row")

    def dimensions(self) -> pl.DataFrame:
        """Les dimensions, et les codes de celles qui en ont une liste."""
        rows = [(d.name, d.label, list(d.codes)) for d in DIMENSIONS]
        return pl.DataFrame(rows, ["dimension", "libelle", "codes"], orient="row")

    def _crossed(self, answer: Crossed) -> pl.DataFrame:
        self.requete, self.phrase = answer.sql, sentences.crossed(self._edition, answer)
        return answer.table

    def _explained(self, answer: Explained) -> pl.DataFrame:
        self.requete, self.phrase = answer.sql, sentences.explained(self._edition, answer)
        return answer.table

    def _compared(self, answer: Comparison) -> pl.DataFrame:
        self.requete, self.phrase = answer.sql, sentences.compared(self._edition, answer)
        return answer.table

    def _read(self, sql: str) -> pl.DataFrame:
        self.requete, self.phrase = sql, ""
        return published.frame(self._edition, sql)


def _words(given: Words, *, empty: bool = False) -> tuple[str, ...]:
    """The words of a text that parts them by commas, or of a sequence; an empty text is one word where `empty` may be a code."""
    if not isinstance(given, str):
        return tuple(given)
    return tuple(word.strip() for word in given.split(",")) if given or empty else ()
