"""The SDK of the API: used by the console, the command line, scripts and tests alike."""

from backend.client.mirror import Lamp, Mirror

__all__ = ["Lamp", "Mirror"]
