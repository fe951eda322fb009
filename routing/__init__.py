"""Routes for the meals of one kitchen: a pure library without tables, files or a clock.

Start at `routing.solve.solve` and `routing.plan.evaluate`; errors stand in `routing.errors`.
"""
