"""What is told in words and grids, before anything is drawn."""
