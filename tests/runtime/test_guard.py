"""Where people's addresses may lead, and that a request goes nowhere else, whatever its name says."""

import pytest

from runtime.test_outward import counting
from zhigan.runtime.guard import NEAR, Guard
from zhigan.runtime.outward import Outward, Unheard

SECRETS = (
    "http://169.254.169.254/latest", "http://100.100.100.200/", "http://192.0.0.192/", "http://[fd00:ec2::254]/",
    "http://[::ffff:169.254.169.254]/", "http://[64:ff9b::a9fe:a9fe]/", "http://[2002:a9fe:a9fe::1]/", "http://0xa9fea9fe/",
    "http://0.0.0.0/", "http://224.0.0.1/", "http://[fec0::1]/",
)  # fmt: skip
HOUSE = (
    "http://10.36.1.9/",
    "https://192.168.1.5:8443/119",
    "http://172.20.0.3/",
    "http://localhost/",
    "http://127.1/",
)
OUTSIDE = ("https://city.example/x", "http://8.8.8.8/", "https://[2001:4860:4860::8888]/")


@pytest.mark.parametrize(
    ("guard", "open_"), [(Guard(), {*OUTSIDE}), (Guard(NEAR), {*OUTSIDE, *HOUSE})], ids=("anybody", "administrator")
)
def test_the_house_is_open_to_administrators_and_where_clouds_keep_secrets_to_nobody(
    guard: Guard, open_: set[str]
) -> None:
    assert {url for url in (*SECRETS, *HOUSE, *OUTSIDE) if guard.fits(url)} == open_


async def test_a_name_that_leads_inside_is_not_followed() -> None:
    async with counting() as (url, came):
        named = url.replace("127.0.0.1", "localhost")
        shut, near = Outward(guard=Guard()), Outward(guard=Guard(NEAR))
        for each in (named, url):
            with pytest.raises(Unheard, match="address_shut"):
                await shut.ask("GET", each, {}, b"")
        assert came == []
        assert (await near.ask("GET", named, {}, b"")).body == b"ok"
        await shut.close()
        await near.close()
