"""A WebSocket without TLS: aiohttp asks the proxy for it in absolute form, and not by CONNECT."""
import asyncio
import os
import sys

import aiohttp


async def main():
    noise = os.urandom(1048576)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(sys.argv[1], proxy=os.environ["http_proxy"], max_msg_size=0, timeout=60) as connection:
            await connection.send_bytes(noise)
            assert await connection.receive_bytes() == noise
            await connection.send_str("a text")
            assert await connection.receive_str() == "a text"
    print("1048576 bytes and a text came back unchanged")


asyncio.run(main())
