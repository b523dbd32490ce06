"""What is read: vintages, figures, controls and comments, within the scope of a reader."""
