"""What goes out: every published table and column, the blocking checks, the form of a vintage."""
