"""What is drawn: Plotly figures of filled slides, maps, lines."""
