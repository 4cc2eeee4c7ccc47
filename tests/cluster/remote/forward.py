"""Carry connections of another network to this machine, as a load balancer does.

TLS passes through. It is run as a process of its own, which prints one line of JSON when a target,
a port of the loopback interface, has ended a connection:

    python -m cluster.remote.forward HOST PORT=TARGET...
"""

import asyncio
import functools
import json
import sys
import time

LOOPBACK = "127.0.0.1"
CHUNK = 65_536


async def _carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Carry bytes until the source ends; a connection that breaks has ended too."""
    try:
        while chunk := await source.read(CHUNK):
            sink.write(chunk)
            await sink.drain()
    except ConnectionError:
        return


async def _connection(
    port: int, target: int, near: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        far, sink = await asyncio.open_connection(LOOPBACK, target)
    except OSError:
        writer.close()
        return
    outward = asyncio.create_task(_carry(near, sink))
    inward = asyncio.create_task(_carry(far, writer))
    await asyncio.wait({outward, inward}, return_when=asyncio.FIRST_COMPLETED)
    if inward.done() and not outward.done():
        told = {"port": port, "peer": writer.get_extra_info("peername")[0], "at": time.time()}
        print(json.dumps(told), flush=True)  # noqa: T201 - its output is what is measured
    for stream in (sink, writer):
        stream.close()
    await asyncio.gather(outward, inward)


async def main(host: str, *pairs: str) -> None:
    """Serve until killed."""
    servers = []
    for pair in pairs:
        port, target = map(int, pair.split("="))
        carry = functools.partial(_connection, port, target)
        servers.append(await asyncio.start_server(carry, host, port))
    print(json.dumps({"listens": host}), flush=True)  # noqa: T201 - who started it waits for it
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
