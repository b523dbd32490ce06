"""Indicators and thematic marts."""
