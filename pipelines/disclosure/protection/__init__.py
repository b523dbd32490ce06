"""Protecting small numbers: what the diffusion file hides, so that nothing hidden follows from what it shows."""
