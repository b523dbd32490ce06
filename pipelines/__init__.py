"""How it runs: reading, validating, compiling, publishing; no domain word here."""
