"""Prints of the county's meals: draws the frozen values of its `sheets` and `kitchen_sheets` as PDF, imports nothing of ours."""
