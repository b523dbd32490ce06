"""What comes in: every export table, column by column, with its rules."""
