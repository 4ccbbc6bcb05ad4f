"""What the server does for stations by itself, behind people's work: it asks the quiet ones how they are, and puts
settings back that a reboot has lost."""

from backend.rounds.rounds import Rounds
from backend.rounds.wanted import WantedSettings

__all__ = ["Rounds", "WantedSettings"]
