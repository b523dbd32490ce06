"""What is asked of a refresh besides its inputs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """`despite`: the reason to publish what the rules V would refuse, empty where they hold.

    `complete`: every delivery is read again. `trial`: published beside the vintages, current for nobody.
    """

    complete: bool = False
    despite: str = ""
    trial: bool = False
