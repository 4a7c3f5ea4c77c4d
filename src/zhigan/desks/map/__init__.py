"""The map: where units, devices, hydrants and open incidents are, as tiles that stay light however many there are."""
