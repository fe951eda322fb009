"""Places, menus, orders, forecast, production, dispatch."""
