"""Figures printed elsewhere, and the rules that hold between them."""
