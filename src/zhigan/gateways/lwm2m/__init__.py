"""IN: devices that speak CoAP, with LwM2M or without, over UDP and DTLS."""
