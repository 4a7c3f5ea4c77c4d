"""设备码: what a device's sticker leads to; problems reported from the street, inspections recorded on site."""
