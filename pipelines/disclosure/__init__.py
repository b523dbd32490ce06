"""What the diffusion file hides, and the audit of what it shows."""
