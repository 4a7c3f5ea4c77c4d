"""The MQTT gateway: a client of any broker, a letterbox both ways."""
