"""What leaves the house as open data: one package of the diffusion file, described by the declarations that made it."""
