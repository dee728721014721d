#!/usr/bin/env python3
"""Makes a server on this machine look far away, where the kernel can't.

    delay_proxy.py PORT RTT

Passes HTTP on to PORT and holds each request and each answer for half of RTT, in milliseconds; connections don't wait for
each other. Opening one costs a round trip too, as TCP does (AWS costs one more: TLS). Connections stay open, as AWS keeps
them. It prints `listening on PORT`, and ends when its standard input closes.
"""

import asyncio
import os
import sys
import threading


def headers_of(head):
    lines = head.split(b"\r\n")[1:]
    return {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines if line)}


async def body_of(reader, headers):
    if headers.get(b"transfer-encoding", b"").lower() != b"chunked":
        return await reader.readexactly(int(headers.get(b"content-length", 0)))
    body = b""
    while True:
        line = await reader.readuntil(b"\r\n")
        body += line
        size = int(line.split(b";")[0], 16)
        if size:
            body += await reader.readexactly(size + 2)
            continue
        while line != b"\r\n":  # Trailers.
            line = await reader.readuntil(b"\r\n")
            body += line
        return body


async def pass_on(client, server, rtt):
    (from_client, to_client), (from_server, to_server) = client, server
    opening = rtt
    while True:
        head = await from_client.readuntil(b"\r\n\r\n")
        headers = headers_of(head)
        if headers.get(b"expect", b"").lower() == b"100-continue":  # It waits for this: one more round trip.
            await asyncio.sleep(opening + rtt)
            opening = 0
            to_client.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            lines = head.split(b"\r\n")
            head = b"\r\n".join(line for line in lines if not line.lower().startswith(b"expect:"))
        body = await body_of(from_client, headers)
        await asyncio.sleep(opening + rtt / 2)
        opening = 0
        to_server.write(head + body)
        answer = await from_server.readuntil(b"\r\n\r\n")
        empty = head.startswith(b"HEAD ") or answer.split(b" ", 2)[1] in (b"204", b"304")
        if not empty:
            answer += await body_of(from_server, headers_of(answer))
        await asyncio.sleep(rtt / 2)
        to_client.write(answer)
        await to_client.drain()
        if headers.get(b"connection", b"").lower() == b"close":
            return


async def main():
    port, rtt = int(sys.argv[1]), float(sys.argv[2]) / 1000

    async def serve(*client):
        server = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        try:
            await pass_on(client, server, rtt)
        except (asyncio.IncompleteReadError, OSError):  # One of them has closed.
            pass
        for _, writer in (client, server):
            writer.close()

    proxy = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 20)
    print(f"listening on {proxy.sockets[0].getsockname()[1]}", flush=True)
    await proxy.serve_forever()


if __name__ == "__main__":
    threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
    asyncio.run(main())
