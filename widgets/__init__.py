"""Reusable pieces that know how to draw one thing well."""
