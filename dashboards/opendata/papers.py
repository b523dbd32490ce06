"""`adass documents`: drafts of the papers an administration must have, with what the tool knows already filled in.

Each draft marks what its reader must decide by « À décider » or « À compléter ».
"""

from collections.abc import Iterator
from pathlib import Path

import click

from dashboards.access.roles import ROLES
from schemas.exports.declarations import Column
from schemas.exports.sources import SOURCES
from schemas.outputs.detail import DETAIL
from schemas.outputs.diffusion import THRESHOLD, WIDTH

TO_DECIDE, TO_COMPLETE = "**À décider**", "**À compléter**"


def _columns() -> Iterator[tuple[str, Column]]:
    return ((f"{s.name}.{t.name}", c) for s in SOURCES for t in s.tables for c in t.columns)


def _data() -> str:
    """The columns of each table that is about persons, and what becomes of each."""
    lines = []
    for source in SOURCES:
        for table in source.tables:
            named = ", ".join(
                f"{c.header} (jamais enregistré : une empreinte à deux clés le remplace)" if c.hashed_as else c.header
                for c in table.exported
            )
            lines.append(f"| {source.label} | {table.description} | {named} |")
    return "| source | table | colonnes lues |\n| --- | --- | --- |\n" + "\n".join(lines)


def accessibility() -> str:
    """The draft of the accessibility statement (RGAA)."""
    return f"""# Déclaration d'accessibilité (projet)

{TO_COMPLETE} : nom de l'organisme. Il s'engage à rendre ses services accessibles (article 47 de la loi du 11 février 2005).
Cette déclaration s'applique au tableau de bord adass.

## État de conformité

{TO_DECIDE} : totalement, partiellement ou non conforme. Seul un audit RGAA par une personne formée permet de le dire ;
adass n'en fait pas.

## Ce qu'adass vérifie lui-même

- À chaque version, chaque page est parcourue par axe-core dans Chromium, en clair et en sombre : aucune anomalie sérieuse ou
  critique n'est acceptée.
- Chaque graphique a un texte de remplacement et ses chiffres en tableau ; la couleur ne porte jamais seule une information.
- Chaque commande est atteinte et actionnée au clavier ; les contrastes de la palette sont calculés par un test.
- Le diaporama porte un texte de remplacement par graphique ; le PDF est produit par LibreOffice.

## Ce qui n'est pas vérifié

- Les lecteurs d'écran (NVDA, JAWS, VoiceOver), le zoom à 400 %, les 106 critères du RGAA pris un à un.
- Le cadre Streamlit, dont l'ordre de tabulation et certains intitulés ne dépendent pas d'adass.
- La conformité PDF/UA.

## Retour et recours

{TO_COMPLETE} : adresse de contact. Défenseur des droits : https://formulaire.defenseurdesdroits.fr/
"""


def impact() -> str:
    """The draft of the data protection impact assessment (AIPD)."""
    roles = ", ".join(ROLES.values())
    tables = ", ".join(f"`{o.full_name}`" for o in DETAIL if not o.view)
    return f"""# Analyse d'impact relative à la protection des données (projet)

## 1. Le traitement

- **Finalité** : statistiques annuelles et pilotage de l'accompagnement des personnes en difficulté d'accès aux droits et aux soins.
- **Responsable** : {TO_COMPLETE}. **Base légale** : {TO_DECIDE} (mission d'intérêt public, article 6.1.e du RGPD ; données de
  santé et numéro d'inscription : {TO_DECIDE} avec le délégué à la protection des données).
- **Personnes** : assurés accompagnés par les MisAS, demandeurs d'une aide d'action sociale.

## 2. Les données

{_data()}

Enregistrées, pseudonymisées : {tables}. Les dates de naissance restent dans la table des accompagnements du fichier complet.

## 3. Les mesures que prend adass

| risque | mesure |
| --- | --- |
| lire un NIR | il devient `HMAC(clé du projet, HMAC(clé de la chaîne, NIR))` dès la lecture ; il n'est dans aucun fichier, journal ou message ; un NIR tapé ailleurs est masqué |
| lire les clés | deux clés, deux dépositaires ; fichier refusé s'il est lisible d'autres comptes ; le tableau de bord ne les reçoit pas |
| reconnaître une personne dans un chiffre | fichier de diffusion : de 1 à {THRESHOLD - 1} masqué, et au moins {WIDTH + 1} valeurs possibles pour chaque effectif masqué, vérifié par un audit indépendant avant publication |
| accéder sans droit | rôles ({roles}), connexion OIDC, table d'accès relue à chaque geste ; fichier complet en 0440 |
| extraire par requête | SQL dans un processus à part, borné, inscrit au journal avec son auteur ; lignes aux seuls statisticiens |
| conserver trop longtemps | `adass millesimes purger` retire le détail des anciens millésimes ; leurs chiffres restent |
| perdre ou altérer | millésimes en lecture seule, empreintes vérifiées à l'ouverture |

## 4. Ce qui reste à décider

- {TO_DECIDE} : durée de conservation du détail (`ADASS_CONSERVATION`, en mois).
- {TO_DECIDE} : qui détient chaque clé ; qui administre la table d'accès ; durée du journal des requêtes.
- {TO_DECIDE} : information des personnes, exercice des droits.
- {TO_DECIDE} : seuil des petits effectifs, si {THRESHOLD} ne convient pas.
- Avis du délégué à la protection des données : {TO_COMPLETE}.
"""


def record() -> str:
    """The draft of the entry in the record of processing activities."""
    sensitive = sorted({c.header for _, c in _columns() if c.personal or c.hashed_as})
    return f"""# Registre des activités de traitement : statistiques ADASS (projet)

| rubrique | contenu |
| --- | --- |
| Responsable, délégué | {TO_COMPLETE} |
| Finalités | statistiques et pilotage de l'accès aux droits, aux soins et à la santé |
| Catégories de personnes | assurés accompagnés, demandeurs d'aide |
| Catégories de données | situation, droits, soins visés, détecteur, issue ; identifiants et dates masqués dans tout message : {", ".join(sensitive)} |
| Destinataires | {", ".join(ROLES.values())} (table d'accès) ; tous pour le fichier de diffusion |
| Transferts hors de l'Union | aucun par adass : ni télémétrie, ni appel réseau |
| Durées | détail : {TO_DECIDE} ; chiffres : sans limite ; journal des requêtes : {TO_DECIDE} |
| Sécurité | voir l'analyse d'impact, partie 3, et docs/deploiement.md |
"""


PAPERS = {
    "declaration_accessibilite.md": accessibility,
    "analyse_impact.md": impact,
    "registre_traitement.md": record,
}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("rapports"), show_default=True,
    help="Dossier des projets de documents.",
)  # fmt: skip
def main(out: Path) -> None:
    """Écrire les projets de déclaration d'accessibilité, d'analyse d'impact et de registre ; un fichier présent est gardé."""
    out.mkdir(parents=True, exist_ok=True)
    for name, text in PAPERS.items():
        if (out / name).exists():
            click.echo(f"{out / name} : gardé, il existe déjà")
        else:
            (out / name).write_text(text(), encoding="utf-8")
            click.echo(f"{out / name} : écrit")


if __name__ == "__main__":
    main()
