"""The reports, made of what is published: the only layer that knows the dashboards."""
