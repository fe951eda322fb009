"""Prints of the county's meals: draws the frozen values of `printing.sheets` as PDF, imports nothing of ours."""
