"""Who sees it: slides, declared once, and the renderers that draw them."""
