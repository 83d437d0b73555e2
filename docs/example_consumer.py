"""Print every alert: python example_consumer.py redis://host:6379/0 GROUP CONSUMER. See INTEGRATION.md."""

import sys
import time

import redis

STREAM, (url, group, consumer) = "ringwatch:alerts", sys.argv[1:4]
queue = redis.from_url(url, decode_responses=True, protocol=2)
newest: dict[str, int] = {}  # alert -> revision: yours belongs into your database, in one transaction with what you do
while True:
    try:
        new = [one for _, read in queue.xreadgroup(group, consumer, {STREAM: ">"}, 100, 1000) for one in read]
        for entry, alert in queue.xautoclaim(STREAM, group, consumer, 60_000)[1] + new:  # what a dead one took, too
            if alert["v"] != "1":
                sys.exit(f"{entry} is of schema version {alert['v']}: update this program, the entry waits for it")
            if int(alert["rev"]) > newest.get(alert["id"], 0):  # else it came twice, or a newer one was faster
                newest[alert["id"]] = int(alert["rev"])
                print(alert["body"], flush=True)
            queue.xack(STREAM, group, entry)
    except redis.ConnectionError:
        time.sleep(1)
    except redis.ResponseError:  # NOGROUP: the first run, or Redis has been wiped
        queue.xgroup_create(STREAM, group, id="0", mkstream=True)
