"""What is asked of the figures: crossings, explanations and fair comparisons, with one verdict on what is chance."""
