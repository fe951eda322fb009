"""Lists of people, places, orders and vehicles come in here: read, judged row by row, written."""
