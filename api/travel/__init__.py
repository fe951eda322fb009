"""Ways between the county's sites: road engines asked over HTTP, stored times, lists, past sheets."""
