"""Hydrants day by day: what gauges measure stands on the hydrants."""
