"""The audit of the diffusion file: an attacker who reads what it shows. It imports nothing of the code that hides."""
