"""What is told: the slides, declared once, and the sentences that head them."""
