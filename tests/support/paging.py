"""A list walked from its first page to its last, and what every order of a list must hold."""

from typing import Any

import httpx


async def walked(client: httpx.AsyncClient, path: str, **asked: object) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    question = dict(asked)
    while True:
        answer = await client.get(path, params=question)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= question["limit"]
        seen += page["items"]
        if page["next"] is None:
            return seen
        question["cursor"] = page["next"]


async def holds_both_ways(client: httpx.AsyncClient, path: str, word: str, count: int) -> list[dict[str, Any]]:
    """All rows, once each, in pages of two; the other way round in the opposite order. Answers the rows going up."""
    up = await walked(client, path, sort=word, limit=2)
    down = await walked(client, path, sort=f"-{word}", limit=2)
    assert len({r["id"] for r in up}) == len(up) == count, word
    assert [r["id"] for r in down] == [r["id"] for r in reversed(up)], word
    refused = await client.get(path, params={"sort": "colour"})
    assert refused.status_code == 400 and refused.json()["errors"][0]["field"] == "sort"
    strange = await client.get(path, params={"sort": word, "cursor": "WyJ4IiwieCJd"})
    assert strange.status_code == 400 and strange.json()["errors"][0]["field"] == "cursor"
    return up
