"""The money path against raw peers."""
