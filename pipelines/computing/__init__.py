"""Engines, and the SQL that they run."""
