"""The pages that answer questions: crossings, explanations, comparisons, structures, each on the analysis and its roles."""
