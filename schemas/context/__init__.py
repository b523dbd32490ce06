"""What is needed to read a figure: definitions, breaks of series, poverty rates."""
