"""Money, policy, pricing, cards, sales and settlement of the county's senior meals."""
