"""The audit of the diffusion file: an attacker who reads what it shows. It shares nothing with the code that hides."""
