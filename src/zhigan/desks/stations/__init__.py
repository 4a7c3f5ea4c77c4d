"""Micro fire stations (微型消防站): what they keep, the 1-3-5-minute clock, drills and neighbours."""
