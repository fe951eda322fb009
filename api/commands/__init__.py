"""The commands of `nuanzao`, one file per room."""
