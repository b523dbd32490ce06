"""What runs by itself, and what is said before a refresh: schedule, sensor of deliveries, incidents, services, verdict."""
