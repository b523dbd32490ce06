"""The page of the browser: its style, its filters, its blocks."""
