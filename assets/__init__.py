"""What exists: one Dagster asset per published table, named as the table."""
