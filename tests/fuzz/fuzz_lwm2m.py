"""Atheris target: CoAP and LwM2M. Run: python tests/fuzz/fuzz_lwm2m.py -runs=200000 (libFuzzer's options).

Besides crashes it looks for broken promises: a message that was read encodes to one that reads the same, records are of
resources, bodies stay bounded.
"""

import sys

import atheris

with atheris.instrument_imports(include=["zhigan.protocols.coap", "zhigan.protocols.lwm2m"]):
    from zhigan.protocols import coap, lwm2m

NOW = 1_790_000_000_000_000
FORMATS = (*lwm2m.Format, 7)
BASES: tuple[lwm2m.Path, ...] = ((), (3,), (3, 0), (19, 0, 0), (3407, 0), (3303, 1, 5700))


def one_datagram(data: bytes) -> None:
    got = coap.decode(data)
    if isinstance(got, coap.Fault):
        return
    if coap.decode(coap.encode(got)) != got:
        raise AssertionError(f"encodes otherwise: {data.hex()}")
    try:
        request = coap.read(got)
    except coap.Declined:
        return
    if request.block1 is not None:
        bodies = coap.Bodies(most=2)
        bodies.take(("peer",), request.block1, got.payload, NOW)
        if len(bodies) > 2:
            raise AssertionError("bodies without bounds")
    try:
        lwm2m.parse(request.queries, got.payload)
    except lwm2m.LwM2MError:
        return


def one_payload(number: int, data: bytes) -> None:
    try:
        records = lwm2m.decode(FORMATS[number % len(FORMATS)], BASES[number // 16 % len(BASES)], data, NOW)
    except lwm2m.LwM2MError:
        return
    for record in records:
        if not 3 <= len(record.path) <= 4:
            raise AssertionError(f"no resource: {record}")


def one_input(data: bytes) -> None:
    if len(data) < 2:
        return
    if data[0] & 1:
        one_datagram(data[1:])
    else:
        one_payload(data[0] >> 1, data[1:])


def main() -> None:
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
