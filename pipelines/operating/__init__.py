"""What runs by itself: schedule, sensor of deliveries, incidents, services."""
