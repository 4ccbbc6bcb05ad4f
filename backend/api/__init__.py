"""HTTP resources and the live feed, permissions. The only way in."""
