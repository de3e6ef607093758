"""A consumer of rotating keys: it reads the newest versions of secrets, as an operator in Kubernetes does.

    SCW_SECRET_KEY=... python consumer.py fr-par/11111111-1111-1111-1111-111111111111

The credentials in the environment may only read the secrets. During the overlap, the previous key works too, so a
consumer may be late by a whole overlap, and never needs a restart.
"""

import argparse
import base64
import json
import os
import time

import requests

API = os.environ.get("SCW_API_URL", "https://api.scaleway.com")


def newest_key(secret_id: str) -> tuple[int, str, str]:
    """Return the revision of the newest version, its access key and its secret key."""
    region, _, uuid = secret_id.partition("/")
    response = requests.get(
        f"{API}/secret-manager/v1beta1/regions/{region}/secrets/{uuid}/versions/latest_enabled/access",
        headers={"X-Auth-Token": os.environ["SCW_SECRET_KEY"]},
        timeout=10,
    )
    response.raise_for_status()
    version = response.json()
    key = json.loads(base64.b64decode(version["data"]))
    return version["revision"], key["access_key"], key["secret_key"]


def main() -> None:
    """Follow secrets, and print a line for each new key."""
    parser = argparse.ArgumentParser(description="Follow the newest versions of secrets.")
    parser.add_argument("secrets", metavar="REGION/ID", nargs="+")
    parser.add_argument("--every", metavar="SECONDS", type=float, default=60)
    arguments = parser.parse_args()
    known: dict[str, int] = {}
    while True:
        for secret_id in arguments.secrets:
            revision, access_key, _ = newest_key(secret_id)
            if revision != known.get(secret_id):
                # A real consumer now replaces its client.
                print(f"{secret_id} version {revision}: API key {access_key}", flush=True)
                known[secret_id] = revision
        time.sleep(arguments.every)


if __name__ == "__main__":
    main()
