"""What is left of a run that failed: a message in French for whoever runs the server, and a command of their choice."""

import logging
import os
import shlex
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from schemas.outputs import vintages

VARIABLE = "ADASS_ALERTE_COMMANDE"
FOLDER = "incidents"
PATIENCE = 60  # seconds for the command to end


@dataclass(frozen=True)
class Incident:
    """A failed run; `causes` are in French, and hold no value of a delivery but what a refusal names."""

    job: str
    run: str
    moment: datetime
    causes: tuple[str, ...]


def stands(published: str) -> str:
    """What a failed run leaves published: a vintage, empty for none."""
    return f"Le millésime {published} reste publié, inchangé" if published else "Rien n'était encore publié"


def message(incident: Incident, published: str) -> str:
    """What happened, what it leaves, what to do; `published` is the vintage that stays, empty for none."""
    return "\n".join(
        [
            f"adass – échec du {incident.moment:%d/%m/%Y à %H:%M} (UTC)",
            "",
            f"Travail : {incident.job}",
            f"Exécution : {incident.run}",
            "",
            "Ce qui s'est passé :",
            *(f"– {cause}" for cause in incident.causes),
            "",
            f"{stands(published)} ; les rapports déjà établis restent en place.",
            "Une fois la cause corrigée, relancez le travail dans Dagster, ou par adass refresh.",
            "",
        ]
    )


def tell(marts: Path, incident: Incident) -> Path:
    """Write the message under the marts folder, give it to the command if there is one; returns the file."""
    text = message(incident, vintages.current(marts))
    folder = marts / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{incident.moment:%Y-%m-%d_%H-%M-%S}_{incident.job}_{incident.run[:8]}.txt"
    path.write_text(text, encoding="utf-8")
    if command := os.environ.get(VARIABLE, "").strip():
        _call(command, text)
    return path


def _call(command: str, text: str) -> None:
    """Run the command with the message as its input, without a shell; its failure is only noted."""
    log = logging.getLogger(__name__)
    try:
        done = subprocess.run(
            shlex.split(command), input=text, encoding="utf-8", capture_output=True, timeout=PATIENCE, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        log.warning("%s: the alert command could not be run (%s)", VARIABLE, type(error).__name__)
        return
    if done.returncode:
        log.warning("%s: the alert command ended with code %s", VARIABLE, done.returncode)
