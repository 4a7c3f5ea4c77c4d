"""The pages' security policy is closed, but for the one origin that the operator lets the map take its ground from."""

from zhigan.webapi.armour import POLICY, opened


def test_without_a_ground_elsewhere_nothing_is_opened() -> None:
    assert opened(POLICY.encode(), "") == POLICY.encode()


def test_the_grounds_origin_may_be_read_and_shown_and_nothing_more() -> None:
    before = POLICY.split("; ")
    after = (
        opened(POLICY.encode(), "https://t0.tianditu.gov.cn/vec_w/wmts?x={x}&y={y}&z={z}&tk=secret")
        .decode()
        .split("; ")
    )
    changed = {a for a, b in zip(after, before, strict=True) if a != b}
    origin = "https://t0.tianditu.gov.cn"
    assert changed == {f"img-src 'self' {origin} data: blob:", f"connect-src 'self' {origin}"}
