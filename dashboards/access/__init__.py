"""Who reads: roles, their territories, sign-in."""
