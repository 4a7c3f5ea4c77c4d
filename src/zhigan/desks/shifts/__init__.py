"""Who watches when: the shift calendar of a desk (值班排班)."""
