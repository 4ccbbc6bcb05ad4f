"""Every string that a person sees passes through here."""

from backend.text.catalogue import LANGUAGES, language, set_language, t, tc, tn

__all__ = ["LANGUAGES", "language", "set_language", "t", "tc", "tn"]
