"""The seven-step claim on DBOS: one durable workflow a claim, one durable step a stage.

Usage: dbos_claims.py DATABASE_URL CLAIMS IN_FLIGHT

The steps do nothing but answer: what is measured is what DBOS itself costs to start a workflow, record seven steps and
record the result. A claim carries 1,000 bytes, as our claims do on the average. One line of JSON on stdout.
"""

import asyncio
import json
import logging
import sys
import time

from dbos import DBOS, DBOSConfig

STAGES = ["eligibility", "authorization", "scrub", "submit", "adjudicate", "categorize", "route"]


@DBOS.step()
async def stage(name: str, claim: str) -> str:
    return name


@DBOS.workflow()
async def claim_workflow(claim: str) -> int:
    done = 0
    for name in STAGES:
        await stage(name, claim)
        done += 1
    return done


async def run(first: int, claims: int, in_flight: int) -> tuple[float, list[float]]:
    """Runs claims with a bounded number at work; gives the seconds of all and of each."""
    body = "x" * 1000
    numbers = iter(range(first, first + claims))
    each: list[float] = []

    async def worker() -> None:
        for _ in numbers:
            begun = time.perf_counter()
            answer = await claim_workflow(body)
            assert answer == len(STAGES)
            each.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    return time.perf_counter() - begun, each


async def main() -> None:
    url, claims, in_flight = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    config: DBOSConfig = {"name": "claims", "system_database_url": url, "run_admin_server": False}
    DBOS(config=config)
    logging.getLogger("dbos").setLevel(logging.ERROR)
    DBOS.launch()
    await run(0, min(100, claims), in_flight)  # warm: connections, prepared statements
    seconds, each = await run(100, claims, in_flight)
    each.sort()
    print(
        json.dumps(
            {
                "claims_a_second": round(claims / seconds, 1),
                "p50_ms": round(each[len(each) // 2] * 1000, 1),
                "p99_ms": round(each[len(each) * 99 // 100] * 1000, 1),
            }
        )
    )
    DBOS.destroy()


asyncio.run(main())
