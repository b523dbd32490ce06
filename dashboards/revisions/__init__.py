"""What changed between vintages, and the gate of the yearly report."""
