"""Ask the installed platform how it is: its API answers, and it reports no trouble."""

import json
import os
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

SECONDS = 20
# What has just begun, or lost its database for a moment, is asked again.
TRIES = 15
PAUSE_SECONDS = 2

token = Path("/var/run/secrets/ironbull-platform/token").read_text().strip()
request = urllib.request.Request(
    os.environ["IRONBULL_PLATFORM_URL"] + "/v1/troubles",
    headers={"Authorization": f"Bearer {token}"},
)
for attempt in range(1, TRIES + 1):
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            troubles = json.load(answer)["troubles"]
        break
    except URLError as error:
        print(f"ready check: try {attempt} of {TRIES}: {error}", flush=True)
        if attempt == TRIES:
            sys.exit(f"ready check: {request.full_url} does not answer")
        time.sleep(PAUSE_SECONDS)
for trouble in troubles:
    print(trouble)
if troubles:
    sys.exit(f"ready check: {len(troubles)} troubles, see above")
print("ready check: the platform answers and reports no trouble")
