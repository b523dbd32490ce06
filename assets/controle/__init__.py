"""Deliveries, balance of rows, rejects and alerts."""
