"""The PPTX renderer: the blocks of `dashboards/content/filled.py` as a deck with native, editable charts and tables."""
