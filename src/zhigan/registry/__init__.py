"""WHO AND WHERE: areas, units, buildings, devices, contacts, test modes, hydrants, and their import."""
