"""Pages that are no slide."""
