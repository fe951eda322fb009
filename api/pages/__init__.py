"""HTML pages, one file per role."""
