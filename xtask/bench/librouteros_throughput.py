"""How fast librouteros decodes the answer in a file: the same words as `codec_throughput` of routeros-api prints.

The bytes come from memory, which is kinder to it than a socket.
"""

import io
import sys
import time

from librouteros.api import Api
from librouteros.protocol import ApiProtocol


class Memory:
    """What librouteros calls a transport."""

    def __init__(self, stream: bytes) -> None:
        self.read = io.BytesIO(stream).read

    def close(self) -> None:
        pass


def decode(stream: bytes) -> int:
    rows = Api(ApiProtocol(Memory(stream), encoding="UTF-8")).readResponse()
    return len(list(rows))


def main() -> None:
    path, rounds = sys.argv[1], int(sys.argv[2])
    with open(path, "rb") as file:
        stream = file.read()
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        rows = decode(stream)
        best = min(best, time.perf_counter() - started)
    print(
        f"librouteros, rows decoded into dictionaries: {rows} in {best * 1e3:.3f} ms, "
        f"{rows / best:.0f} rows/s (best of {rounds})"
    )


main()
