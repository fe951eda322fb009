"""The reference till: a log that survives, the state it tells, prices off line, and the talk with the server."""
