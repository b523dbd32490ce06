"""Figures of a scope beside their comparator: one view, a series of years, all territories."""
