"""Ask the installed platform how it is: its API answers, and it reports no trouble."""

import json
import os
import sys
import urllib.request
from pathlib import Path

SECONDS = 20

token = Path("/etc/ironbull/keys/platform.token").read_text().strip()
request = urllib.request.Request(
    os.environ["IRONBULL_PLATFORM_URL"] + "/v1/troubles",
    headers={"Authorization": f"Bearer {token}"},
)
with urllib.request.urlopen(request, timeout=SECONDS) as answer:
    troubles = json.load(answer)["troubles"]
for trouble in troubles:
    print(trouble)
if troubles:
    sys.exit(f"ready check: {len(troubles)} troubles, see above")
print("ready check: the platform answers and reports no trouble")
