"""Modbus TCP: the platform asks, registered devices answer."""
