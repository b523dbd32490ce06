"""Keys of persons and of rows, and what must never be read in a text."""
