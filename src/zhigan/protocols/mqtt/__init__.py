"""MQTT: topics and payloads of devices as data. No sockets, no clock.

Enters: profiles (JSON: which topics, what their fields mean, how a command is published), a topic with its payload.
Leaves: reports in the city's words, topics to subscribe to, letters to publish. Absent: the MQTT wire itself (a library
speaks it) and brokers.
"""

from zhigan.protocols.mqtt.model import Ack, Letter, MqttError, Profile, ProfileError, Report
from zhigan.protocols.mqtt.profile import Profiles, built_in, read_profiles

__all__ = ["Ack", "Letter", "MqttError", "Profile", "ProfileError", "Profiles", "Report", "built_in", "read_profiles"]
