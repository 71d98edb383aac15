"""posd-sim's Stripe in the container, and the key that systemd hands to posd."""

import json
from typing import Final

from tests.system.nspawn.store import CONFIG, Store

PORT: Final = 12111
URL: Final = f"http://127.0.0.1:{PORT}"
CLOUD: Final = f"""
systemd-run --quiet --unit=stripe --property=DynamicUser=yes \\
    /opt/posd/package/bin/posd-sim cloud --port {PORT}
"""
WITH_STRIPE: Final = CONFIG.replace(
    "[[reader]]", f'[upstream]\nkind = "stripe"\nbase_url = "{URL}"\n\n[[reader]]'
)
HANDED_OVER: Final = "cat /run/credentials/posd.service/stripe.key"
OWED: Final = "posd journal owed"
REQUESTS: Final = f"""python3 -c '
import urllib.request
print(urllib.request.urlopen("{URL}/_sim/requests", timeout=10).read().decode())'
"""


def hand_over(store: Store, key: str) -> None:
    """As docs/running.md says: encrypted for this machine, never in a file as it is."""
    store.container.run(
        "mkdir -p -m 700 /etc/credstore.encrypted && printf %s "
        f"{key} | systemd-creds encrypt --with-key=host --name=stripe.key -"
        " /etc/credstore.encrypted/stripe.key"
    )


def sells_for_stripe(store: Store, key: str) -> None:
    """A store that is open takes up that key, and tells Stripe of what it sells from here on."""
    store.container.run(CLOUD)
    hand_over(store, key)
    store.configure(WITH_STRIPE)
    store.container.run("systemctl restart posd")


def wait_until_told(store: Store) -> None:
    """Return once Stripe knows of every payment."""
    store.container.eventually(lambda: store.container.attempt(OWED)[0] == 0, "told to Stripe")


def accounts_asked_for(store: Store) -> list[str]:
    """The account of each request to Stripe, in order: each key opens one of its own."""
    requests = json.loads(store.container.run(REQUESTS))
    return [one["account"] for one in requests]
