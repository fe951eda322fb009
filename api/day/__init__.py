"""The stages of one day, from orders to tomorrow's history."""
