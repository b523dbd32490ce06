"""Pseudonymised rows."""
