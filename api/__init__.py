"""The doors: HTTP, pages, command line, engine, settings, clock, audit."""
