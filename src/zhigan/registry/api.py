"""The registry over HTTP: what the room gives to `app.build`."""

from litestar import Controller

from zhigan.registry import api_devices, api_floors, api_grids, api_parties, api_places, api_replacing, api_units

handlers: list[type[Controller]] = [
    *api_units.handlers,
    *api_devices.handlers,
    *api_places.handlers,
    *api_floors.handlers,
    *api_parties.handlers,
    *api_grids.handlers,
    *api_replacing.handlers,
]
