import asyncio

import pytest

from posd_simulator.cloud.serve import numbered, reset_connection


async def test_a_reset_connection_is_no_end_of_file() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        reset_connection(writer.transport)

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"?")
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()


def test_ids_count_and_differ_by_seed_and_start() -> None:
    ids = [numbered(1, 0), numbered(1, 1), numbered(2, 0)]
    made = [new_id("tmr") for new_id in ids for _ in range(2)]
    assert made[0] == "tmr_0001000000000001"
    assert len(set(made)) == 6
