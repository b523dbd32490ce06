"""Lines to judged rows: validation, rejects, alerts, drifts, and their way into tables."""
