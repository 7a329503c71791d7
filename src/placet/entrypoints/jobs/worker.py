"""The background worker: loops over what is due, until told to stop. Any number of workers may run."""

import threading
from functools import partial
from typing import Final

from django.conf import settings

from placet.actions.expire_orders import expire_orders
from placet.actions.import_runs import forget_files
from placet.actions.number_invoices import number_invoices
from placet.actions.once import forget_answers
from placet.actions.people import forget_visits
from placet.entrypoints.jobs import charging, composing, exchanging, provisioning, retrying
from placet.entrypoints.jobs.delivering import Deliverer
from placet.entrypoints.jobs.loops import Loop
from placet.entrypoints.jobs.mailing import Mailer
from placet.entrypoints.jobs.renewing import Renewer
from placet.gateways import mail
from placet.gateways.cards.gateways import Gateways
from placet.gateways.courier import courier
from placet.gateways.vendors.connectors import Connectors
from placet.gateways.webhooks import sender

SOON: Final = 0.05
"""Seconds between two looks just after something was due; the longer nothing is, the rarer they are."""
HOURLY: Final = 3600.0
IMPORTERS: Final = 2
"""Long imports at once."""
EXCHANGERS: Final = 4
"""Regular exchanges at once: one slow address holds up no other for long."""
EXPIRY_BATCH: Final = 100
NUMBERING_BATCH: Final = 500


def run(stop: threading.Event) -> None:
    """Does what is due until `stop` is set, then finishes what it has begun."""
    config = settings.CONFIG
    connectors = Connectors(config.data_dir)
    gateways = Gateways(config.data_dir, config.stripe_api_base)
    deliverer = Deliverer(sender(allow_private=config.webhook_allow_private), settings.PUBLIC_URL)
    mailer = Mailer(mail.sender(config.smtp_url, config.data_dir / "mail", config.mail_from))
    messenger = courier(allow_private=config.webhook_allow_private)
    # together the threads look every `SOON`, however many they are
    rest = SOON * config.worker_threads
    provision = Loop("provision", partial(provisioning.provision, connectors, stop=stop), rest)
    loops = [
        *[provision] * config.worker_threads,
        *[Loop("charge", partial(charging.charge, gateways, stop=stop), 2 * rest)] * config.worker_threads,
        Loop("refund", partial(charging.refund, gateways), 1.0),
        Loop("deliver", deliverer.deliver, 2 * SOON),
        Loop("compose", composing.compose, 0.5),
        Loop("digest", composing.digest, 60.0),
        Loop("mail", partial(mailer.mail, stop=stop), 0.5),
        Loop("expire", lambda at: expire_orders(most=EXPIRY_BATCH, at=at), 5.0),
        Loop("renew", Renewer().renew, 5.0),
        Loop("number", lambda at: number_invoices(most=NUMBERING_BATCH, at=at), 0.5),
        Loop("retry", retrying.retry, 0.5),
        *[Loop("import", partial(exchanging.import_some, stop=stop), 1.0)] * IMPORTERS,
        *[Loop("exchange", partial(exchanging.exchange, messenger), 5.0)] * EXCHANGERS,
        Loop("forget files", forget_files, HOURLY),
        Loop("forget", forget_answers, HOURLY),
        Loop("forget visits", forget_visits, HOURLY),
    ]
    threads = [threading.Thread(target=loop.run, args=(stop,), name=loop.name) for loop in loops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deliverer.close()
    connectors.close()
    gateways.close()
