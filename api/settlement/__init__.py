"""A month is checked, signed and claimed: facts read, checks run, what is found worked on."""
