"""Invented deliveries that keep the export contract: of any size, or with the published figures of a year."""
