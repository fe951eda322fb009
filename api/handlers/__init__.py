"""JSON endpoints, one file per role."""
