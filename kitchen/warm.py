"""`python -m kitchen.warm`: compile the annealing of menus once, so that no user's first plan waits for it."""

from datetime import date

from kitchen.dish_book import starter_book
from kitchen.menu_plan import plan_menu
from kitchen.menu_rules import shipped_rules
from kitchen.menu_task import MenuTask


def warm() -> None:
    """Plan two days."""
    days = (date(2026, 5, 4), date(2026, 5, 5))
    plan_menu(MenuTask(days, starter_book(), shipped_rules(), date(2026, 4, 20)), limit_s=0.1)


if __name__ == "__main__":
    warm()
