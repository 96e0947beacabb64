import asyncio
import sys

import aiohttp


async def main():
    async with aiohttp.ClientSession(trust_env=True) as session:  # the only way it reads the environment
        async with session.get(sys.argv[1]) as response:
            print(await response.text(), end="")


asyncio.run(main())
