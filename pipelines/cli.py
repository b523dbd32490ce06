"""The command line `adass`. Exit codes: 0 published, 1 refused, 2 wrong usage."""

import gc
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pipelines.errors import Refused

PUBLISHED, REFUSED = 0, 1
FOLDER = click.Path(file_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, allow_dash=True, path_type=Path)

raw_option = click.option(
    "--raw", type=FOLDER, default=Path("data/raw"), show_default=True, help="Dossier des livraisons."
)
marts_option = click.option(
    "--marts", type=FOLDER, default=Path("data/marts"), show_default=True, help="Dossier publié."
)
profile_option = click.option(
    "--profil",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Profil de lecture de vos fichiers (défaut : profil.toml du dossier des livraisons).",
)
port_option = click.option(
    "--port", type=click.IntRange(1, 65535), help="Port du tableau de bord (défaut : un port libre)."
)
quiet_browser_option = click.option("--sans-navigateur", is_flag=True, help="Ne pas ouvrir le navigateur.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="adass", message="adass %(version)s")
def main() -> None:
    """Statistiques ADASS : des exports BALI au rapport annuel."""


@main.command()
@raw_option
@marts_option
@click.option("--alias", type=click.Path(dir_okay=False, path_type=Path), help="Fichier TOML d'alias d'en-têtes.")
@profile_option
@click.option("--silencieux", is_flag=True, help="N'afficher que le bilan.")
@click.option("--complet", is_flag=True, help="Tout relire, sans partir du millésime courant.")
@click.option("--malgre", metavar="MOTIF", help="Publier malgré les règles V1 à V4, pour ce motif.")
@click.option(
    "--sans-les-refusees",
    is_flag=True,
    help="Laisser de côté, en la nommant, une caisse dont un fichier ne peut être lu.",
)
@click.option("--essai", is_flag=True, help="Publier à côté (millesimes/essais), sans changer le millésime courant.")
@click.option(
    "--moteur",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="Ce qui calcule (docs/spark.md).",
)
@click.option("--master", help="Où Spark s'exécute : local[2], spark://hôte:7077, yarn…  [défaut : local[*]]")
def refresh(
    raw: Path,
    marts: Path,
    alias: Path | None,
    profil: Path | None,
    silencieux: bool,
    complet: bool,
    malgre: str | None,
    essai: bool,
    sans_les_refusees: bool,
    moteur: str,
    master: str | None,
) -> None:
    """Lire les livraisons, calculer les indicateurs, publier un nouveau millésime."""
    if master and moteur != "spark":
        raise click.UsageError("--master ne va qu'avec --moteur spark")
    spark = (master or "local[*]") if moteur == "spark" else None
    if malgre is not None and not malgre.strip():
        raise click.UsageError("--malgre demande un motif, qui sera imprimé sur les pages et les rapports")
    asked = {
        "complete": complet,
        "despite": (malgre or "").strip(),
        "trial": essai,
        "without_refused": sans_les_refusees,
    }
    sys.exit(_refresh(raw, marts, alias, profile=profil, quiet=silencieux, spark=spark, **asked))


@main.command()
@raw_option
@marts_option
@click.option("--alias", type=click.Path(dir_okay=False, path_type=Path), help="Fichier TOML d'alias d'en-têtes.")
@profile_option
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Écrire tout le constat en JSON."
)
def verifier(raw: Path, marts: Path, alias: Path | None, profil: Path | None, json_file: Path | None) -> None:
    """Dire si un rafraîchissement publierait, fichier par fichier, sans rien publier."""
    from pipelines.operating.verdict import show
    from pipelines.operating.verifying import verify

    found = verify(raw, marts, alias, profil)
    show(found, json_file)
    sys.exit(PUBLISHED if found.publiable else REFUSED)


@main.command()
@click.argument("chemins", nargs=-1, required=True, metavar="CHEMIN…", type=click.Path(path_type=Path))
@click.option(
    "--profil", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Profil à écrire ou à compléter."
)
@click.option(
    "--sans-question", is_flag=True, help="Ne rien demander : ce qui reste douteux est écrit « à confirmer »."
)
@click.option(
    "--reponses",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Réponses, en JSON (docs/adopter.md).",
)
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Écrire les propositions en JSON."
)
@click.option(
    "--apercu",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Écrire en JSON quelques lignes d'un dossier, avant et après lecture.",
)
def adapter(
    chemins: tuple[Path, ...],
    profil: Path,
    sans_question: bool,
    reponses: Path | None,
    json_file: Path | None,
    apercu: Path | None,
) -> None:
    """Proposer le profil de lecture d'exports d'une autre forme : un dossier, des fichiers, un classeur."""
    from pipelines.adoption.command import adapt
    from pipelines.operating.preview import write_preview

    if apercu and (len(chemins) != 1 or not chemins[0].is_dir()):
        raise click.UsageError("--apercu demande un dossier")
    _told(lambda: adapt(chemins, profil, reponses, json_file, ask=not sans_question and not reponses))
    if apercu:
        write_preview(apercu, chemins[0], profil)


@main.command()
@click.argument("dossier", type=click.Path(file_okay=False, path_type=Path))
def modeles(dossier: Path) -> None:
    """Écrire des modèles d'exports vierges dans DOSSIER : en CSV, et en classeur avec les listes de valeurs."""
    from pipelines.adoption.templates import write_templates

    _told(lambda: click.echo(f"{dossier} : {len(write_templates(dossier))} modèles écrits"))


@main.command()
@marts_option
@port_option
@quiet_browser_option
def dashboard(marts: Path, port: int | None, sans_navigateur: bool) -> None:
    """Servir le tableau de bord sur cette machine, jusqu'à Ctrl-C."""
    sys.exit(_serve(marts, port, sans_navigateur))


@main.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def report(options: tuple[str, ...]) -> None:
    """Écrire le rapport annuel, national ou local : diaporama, PDF, classeur (options : adass report --help)."""
    sys.exit(_run("dashboards.deck.report", *options))


@main.command(
    "ouvrir-donnees", context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def open_data(options: tuple[str, ...]) -> None:
    """Écrire le paquet de données ouvertes d'une année (options : adass ouvrir-donnees --help)."""
    sys.exit(_run("dashboards.opendata.package", *options))


@main.command(
    "qualite", context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def quality(options: tuple[str, ...]) -> None:
    """Écrire le rapport qualité d'une année, en HTML et DOCX (options : adass qualite --help)."""
    sys.exit(_run("dashboards.opendata.quality", *options))


@main.command(
    "documents", context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def papers(options: tuple[str, ...]) -> None:
    """Écrire les projets de déclaration d'accessibilité, d'analyse d'impact et de registre."""
    sys.exit(_run("dashboards.opendata.papers", *options))


@main.command()
@raw_option
@marts_option
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="Port du tableau de bord.")
@click.option(
    "--port-dagster",
    type=click.IntRange(1, 65535),
    default=3000,
    show_default=True,
    help="Port de l'interface Dagster.",
)
def serve(raw: Path, marts: Path, port: int, port_dagster: int) -> None:
    """Servir le tableau de bord et Dagster sur cette machine, jusqu'à Ctrl-C."""
    from pipelines.operating.serve import serve as run

    _told(lambda: sys.exit(run(raw, marts, port, port_dagster)))


@main.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def diff(arguments: tuple[str, ...]) -> None:
    """Dire quels chiffres changent d'un millésime à l'autre, et par quels fichiers."""
    sys.exit(_run("dashboards.revisions.revisions", *arguments))


@main.group()
def millesimes() -> None:
    """Lister, montrer et alléger les millésimes publiés."""


@millesimes.command("lister")
@marts_option
def list_vintages(marts: Path) -> None:
    """Lister les millésimes, du plus ancien au plus récent."""
    from pipelines.vintages.listing import show_all

    _told(lambda: show_all(marts))


@millesimes.command("montrer")
@click.argument("millesime", default="courant")
@marts_option
def show_vintage(millesime: str, marts: Path) -> None:
    """Montrer de quoi est fait un millésime (un nom, courant ou precedent), et vérifier ses fichiers."""
    from pipelines.vintages.listing import show

    _told(lambda: show(marts, millesime))


@millesimes.command("purger")
@marts_option
@click.option(
    "--conservation",
    type=click.IntRange(1),
    default=36,
    envvar="ADASS_CONSERVATION",
    show_default=True,
    show_envvar=True,
    help="Durée de conservation des lignes pseudonymisées, en mois.",
)
@click.option("--essai", is_flag=True, help="Dire ce qui serait retiré, sans rien changer.")
def purge_vintages(marts: Path, conservation: int, essai: bool) -> None:
    """Retirer les lignes pseudonymisées des millésimes trop anciens ; leurs chiffres restent."""
    from pipelines.vintages.listing import show_purge

    _told(lambda: show_purge(marts, conservation, trial=essai))


@main.command()
@raw_option
@click.option("--graine", type=int, default=1, show_default=True, help="La même donne les mêmes fichiers.")
@click.option(
    "--echelle",
    type=click.FloatRange(0.001, 1),
    default=1.0,
    show_default=True,
    help="Taille des exports BALI (1 : réelle).",
)
@click.option("--accompagnements", type=click.IntRange(1), help="Exports quelconques, avec ce nombre de saisines.")
@click.option("--annees", default="2023,2024", show_default=True, help="Années des exports quelconques.")
def simulate(raw: Path, graine: int, echelle: float, accompagnements: int | None, annees: str) -> None:
    """Écrire des exports synthétiques, conformes au contrat.

    Par défaut, ceux dont les indicateurs sont les chiffres publiés ; avec --accompagnements, des exports quelconques.
    """
    if accompagnements is None:
        _simulate_published(raw, graine, echelle)
        return
    from pipelines.simulation.generic import simulate as write

    try:
        years = [int(year) for year in annees.split(",")]
    except ValueError:
        raise click.BadParameter(f"« {annees} » n'est pas une liste d'années", param_hint="--annees") from None
    write(raw, years=years, accompaniments=accompagnements, seed=graine)
    click.echo(f"{raw} : exports synthétiques écrits")


def _simulate_published(raw: Path, seed: int, scale: float) -> None:
    from pipelines.simulation.calibrated import simulate_published

    click.echo("Simulation d'exports dont les indicateurs sont les chiffres publiés…", err=True)
    simulate_published(raw, seed=seed, scale=scale)
    click.echo(f"{raw} : exports synthétiques écrits", err=True)


@main.command()
@click.argument("requete", required=False)
@marts_option
@click.option(
    "--fichier", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Un autre fichier DuckDB publié."
)
@click.option("--parametre", multiple=True, metavar="NOM=VALEUR", help="La valeur de $NOM dans la requête.")
@click.option("--csv", type=OUTPUT, help="Écrire toutes les lignes en CSV (- : sortie standard).")
@click.option("--xlsx", type=OUTPUT, help="Écrire toutes les lignes en classeur XLSX (- : sortie standard).")
@click.option("--parquet", type=OUTPUT, help="Écrire toutes les lignes en Parquet (- : sortie standard).")
def sql(requete: str | None, marts: Path, parametre: tuple[str, ...], **files: Path | None) -> None:
    """Interroger ce qui est publié, en lecture seule ; sans REQUETE, une invite."""
    command = [sys.executable, "-m", "dashboards.sql.terminal", "--marts", str(marts)]
    for name, path in files.items():
        command += [f"--{name}", str(path)] if path else []
    command += [f"--parametre={one}" for one in parametre]
    command += ["--", requete] if requete is not None else []
    sys.exit(subprocess.run(command, check=False).returncode)


def _analysis(name: str, told: str) -> None:
    """A command of the analysis, which takes its own options."""

    def run(options: tuple[str, ...]) -> None:
        sys.exit(_run("dashboards.analysis.terminal", name, *options))

    run.__doc__ = told
    run = click.argument("options", nargs=-1, type=click.UNPROCESSED)(run)
    context = {"ignore_unknown_options": True, "help_option_names": []}
    main.command(name, context_settings=context, add_help_option=False)(run)


_analysis("croiser", "Croiser une mesure par une à trois dimensions (options : adass croiser --help).")
_analysis("expliquer", "Expliquer un écart entre deux années ou deux territoires (options : adass expliquer --help).")
_analysis("comparer", "Comparer les organismes ou les régions à population égale (options : adass comparer --help).")


@main.command()
@raw_option
@marts_option
@port_option
@quiet_browser_option
@click.option("--sans-serveur", is_flag=True, help="S'arrêter une fois les tables publiées.")
def demo(raw: Path, marts: Path, port: int | None, sans_navigateur: bool, sans_serveur: bool) -> None:
    """Simuler des exports si le dossier est vide, rafraîchir, ouvrir le tableau de bord."""
    from pipelines.vintages.inputs import Inputs

    if not any(Inputs(raw).every_delivery):
        _simulate_published(raw, seed=1, scale=1.0)
    if code := _refresh(raw, marts, None, quiet=False):
        sys.exit(code)
    if not sans_serveur:
        sys.exit(_serve(marts, port, sans_navigateur))


@main.group()
def cle() -> None:
    """Les deux clés des empreintes de NIR : les reconnaître, les renouveler."""


@cle.command()
def empreintes() -> None:
    """Dire où sont les clés et à quoi on les reconnaît, sans les montrer."""
    from pipelines.identity.secret import PIPELINE, PROJECT, load_secrets

    try:
        prints = load_secrets().prints
    except Refused as error:
        raise click.ClickException(str(error)) from None
    for secret in (PIPELINE, PROJECT):
        click.echo(f"clé « {secret.name} » : {prints[secret.name]} ({secret.place})")


@cle.command()
@click.argument("laquelle", type=click.Choice(["chaine", "projet"]))
@click.option("--oui", is_flag=True, help="Ne pas demander de confirmation.")
def renouveler(laquelle: str, oui: bool) -> None:
    """Changer une clé : les personnes des prochains millésimes ne pourront être rapprochées de celles d'avant."""
    from pipelines.identity.secret import PIPELINE, PROJECT

    secret = PIPELINE if laquelle == "chaine" else PROJECT
    if not oui:
        click.confirm(
            "Les millésimes publiés restent lisibles, mais rien ne reliera leurs personnes aux suivantes. Continuer ?",
            abort=True,
        )
    try:
        kept = secret.renew()
    except Refused as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Nouvelle clé : {secret.path}")
    if kept:
        click.echo(f"Ancienne clé gardée dans {kept} : effacez-la pour que le rapprochement devienne impossible.")


def _refresh(
    raw: Path,
    marts: Path,
    aliases: Path | None,
    *,
    quiet: bool,
    profile: Path | None = None,
    spark: str | None = None,
    **asked: Any,
) -> int:
    """The refresh job, in this process, computed by the Spark master where one is given; returns the exit code.

    `asked`: see `pipelines.vintages.asked.Asked`.
    """
    gc.disable()  # imports make many objects and no garbage
    from pipelines.computing.engine import DuckDB
    from pipelines.computing.starting import spark_on
    from pipelines.refresh import refresh as run

    gc.enable()
    try:
        start = spark_on(spark) if spark else DuckDB
        run(raw, marts, aliases, profile=profile, quiet=quiet, start_engine=start, **asked)
    except Refused as error:
        click.echo(f"Refusé : {error}", err=True)
        click.echo("Rien n'a été publié ; ce qui l'était le reste.", err=True)
        return REFUSED
    return PUBLISHED


def _told(work: Callable[[], None]) -> None:
    """Do the work of a command; where it is refused, say why and exit."""
    from schemas.outputs.vintages import NoVintage

    try:
        work()
    except (Refused, NoVintage) as error:
        click.echo(f"Refusé : {error}", err=True)
        sys.exit(REFUSED)


def _serve(marts: Path, port: int | None, no_browser: bool) -> int:
    options = ["--marts", str(marts), *(["--port", str(port)] if port else [])]
    return _run("dashboards.launch", *options, *(["--sans-navigateur"] if no_browser else []))


def _run(module: str, *arguments: str) -> int:
    # a process of its own: the dashboards read what is published and import nothing from the pipeline
    try:
        return subprocess.run([sys.executable, "-m", module, *arguments], check=False).returncode
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    main()
