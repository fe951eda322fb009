"""Menus: ours next to the linear bound and to peers."""
