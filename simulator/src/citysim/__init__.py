"""citysim: a city that only speaks protocols to ports.

An honest stranger: it imports zhigan's wire formats and words, nothing else, and learns of the platform only what
a device on a line can learn. Order of the rooms: city (who stands where) · device (one device on a socket) ·
life (ordinary days) · stories (the days that count) · load (measured pressure) · command (the command line).
"""
