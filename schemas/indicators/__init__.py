"""The catalogue: each indicator, declared once, and what it counts."""
