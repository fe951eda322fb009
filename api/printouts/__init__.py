"""From rows of a day to the frozen values that `printing` draws."""
