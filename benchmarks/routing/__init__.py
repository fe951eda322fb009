"""Routing on published and rural instances, with the known optima beside the results."""
