"""The last receipts once more, as the terminal has them."""

from collections.abc import Mapping

from posd import capabilities
from posd.attachments import Attachment
from posd.capabilities import LearnUnsupported
from posd.errors import Refused
from posd.intents import no_such
from posd.journal.store import Journal
from posd.turns import offline
from posd_drivers.ability import Operation
from posd_drivers.card_reader import CardReader, Receipt
from posd_drivers.errors import Refused as TerminalRefused
from posd_drivers.errors import Unsupported


class Reprints:
    """Asks terminals for the receipts of their last transaction. Nothing of it is journaled."""

    def __init__(self, journal: Journal, attachments: Mapping[str, Attachment]) -> None:
        self._journal = journal
        self._attachments = attachments

    async def reprint(self, reader: str) -> tuple[Receipt, ...]:
        """The receipts; none if the terminal has printed them itself.

        Raises Refused: where the terminal is busy or gone, does not do this, or says no.
        """
        known = self._journal.queries.reader(reader)
        if known is None or known.deleted:
            raise no_such("terminal.reader", reader, "reader")
        capabilities.refuse(known, Operation.REPRINT)
        attachment = self._attachments.get(reader)
        if attachment is None:
            raise offline()
        try:
            return await attachment.ask(_reprint)
        except Unsupported:
            await self._journal.commit(LearnUnsupported(reader, Operation.REPRINT))
            raise Refused(
                "parameter_invalid", "This terminal does not repeat receipts.", param="reader"
            ) from None
        except TerminalRefused as no:
            raise Refused(
                "terminal_reader_busy",
                f"The terminal has no receipt to repeat, or cannot now: result {no.code:02X}.",
            ) from no


async def _reprint(reader: CardReader) -> tuple[Receipt, ...]:
    return await reader.reprint()
