"""A client of the feed as a process of its own: `follower.py SOCKET STATION...`. Prints `ready` once it has a picture;
a line on its input is the state to wait for: it prints `same` when every outlet of its mirror has that state."""

from __future__ import annotations

import asyncio
import sys

from backend.client.client import Client
from backend.client.feed import Feed
from backend.client.mirror import Mirror, Touched


async def follow(address: str, stations: list[str]) -> None:
    mirror, news = Mirror(), asyncio.Event()

    def touched(_: Touched) -> None:
        news.set()

    mirror.listen(touched)

    async def until(state: str) -> None:
        while not mirror.outlets or {outlet.state for outlet in mirror.outlets.values()} != {state}:
            news.clear()
            await news.wait()

    async with Client(address) as client:
        feed = Feed(mirror, client)
        await feed.follow(stations)
        running = asyncio.create_task(feed.run())
        await until("Available")
        print("ready", flush=True)  # noqa: T201
        wanted = await asyncio.to_thread(sys.stdin.readline)
        await until(wanted.strip())
        print("same", len(mirror.outlets), flush=True)  # noqa: T201
        running.cancel()


asyncio.run(follow(sys.argv[1], sys.argv[2:]))
