"""English."""

from collections.abc import Mapping
from typing import Final

from posd.texts.sayings import Label, Saying

SAYINGS: Final[Mapping[Saying, str]] = {
    Saying.CONNECTING: "The card reader is starting the payment. One moment, please.",
    Saying.PRESENT_CARD: "Please ask the customer to present the card.",
    Saying.ENTER_PIN: "The customer is asked for the PIN. Please wait.",
    Saying.WRONG_PIN: "The PIN was wrong. Please ask the customer to try again.",
    Saying.AUTHORISING: "The card reader is asking the bank. Please wait.",
    Saying.REMOVE_CARD: "Please ask the customer to remove the card.",
    Saying.CONFIRM_AMOUNT: "Please ask the customer to confirm the amount on the card reader.",
    Saying.CARD_NOT_ACCEPTED: "This card is not accepted. Please ask for another card.",
    Saying.CARD_UNREADABLE: "The card could not be read. Please ask the customer to try again.",
    Saying.REVERSING: "The card reader is taking the payment back. Please wait.",
    Saying.APPROVED_FINISHING: "The bank has agreed. Please wait until the card reader is done.",
    Saying.DECLINED_FINISHING: "The bank has declined. Please wait until the card reader is done.",
    Saying.FOLLOW_READER: "Please ask the customer to follow the card reader's display.",
    Saying.WAITS_FOR_CASHIER: "The card reader waits for you. Please follow its display.",
    Saying.MAINTENANCE: "The card reader is looking after itself. Please wait.",
    Saying.READER_TROUBLE: "The card reader reports a problem. Please wait for its answer.",
    Saying.PLEASE_WAIT: "The card reader is working. Please wait.",
    Saying.REPORTED: (
        "The card reader is finishing the payment. Please wait and do NOT take the money again."
    ),
    Saying.CANCELLING: (
        "The card reader has been asked to cancel. Please wait: the payment may still go through."
    ),
    Saying.NOT_STARTED: "This payment is not at a card reader yet. Please start it.",
    Saying.PAID: "Paid. Please give the customer the receipt.",
    Saying.HELD: "Approved and held. It still has to be captured or cancelled.",
    Saying.NOT_CONFIRMED: (
        "Payment not confirmed yet. Do NOT take the money again; posd is asking the terminal."
    ),
    Saying.NEEDS_A_PERSON: (
        "Payment not confirmed. Do NOT take the money again. Please call the manager."
    ),
    Saying.SET_ASIDE: (
        "Payment not confirmed and set aside. Do NOT take the money for this order again until the"
        " manager has decided. The card reader is free for other customers."
    ),
    Saying.CONTRADICTED: (
        "The card reader's own records contradict this payment. Do NOT take or return any money."
        " Please call the manager."
    ),
    Saying.DECLINED: (
        "The card was declined. Nothing was charged. Please ask for another card or way to pay."
    ),
    Saying.CANCELLED_BY_CUSTOMER: (
        "The payment was cancelled at the card reader. Nothing was charged. Please ask the customer"
        " how to pay."
    ),
    Saying.CANCELLED_BY_TILL: "The payment was cancelled. Nothing was charged.",
    Saying.STOPPED_BY_READER: (
        "The card reader stopped the payment. Nothing was charged. Please try again."
    ),
    Saying.NOT_SENT: (
        "The card reader could not be reached. Nothing was charged. Please try again or use another"
        " card reader."
    ),
    Saying.NOT_CHARGED: (
        "It is certain now that nothing was charged. You may take the payment again."
    ),
    Saying.REFUND_BEGINS: "The card reader is starting the refund. One moment, please.",
    Saying.REFUND_PRESENT_CARD: (
        "Please ask the customer to present the card that was used for the payment."
    ),
    Saying.REFUND_CANCELLING: (
        "The card reader has been asked to cancel. Please wait: the refund may still go through."
    ),
    Saying.REFUND_REPORTED: (
        "The card reader is finishing the refund. Please wait and do NOT give the money back again."
    ),
    Saying.REFUND_NOT_CONFIRMED: (
        "Refund not confirmed yet. Do NOT give the money back again; posd is asking the terminal."
    ),
    Saying.REFUND_NEEDS_A_PERSON: (
        "Refund not confirmed. Do NOT give the money back again. Please call the manager."
    ),
    Saying.REFUND_SET_ASIDE: (
        "Refund not confirmed and set aside. Do NOT give the money back again until the manager has"
        " decided. The card reader is free for other customers."
    ),
    Saying.REFUND_OTHER_CARD: (
        "The card that was presented is not the one that was used for the payment."
    ),
    Saying.REFUNDED: "The money has been given back. Please give the customer the receipt.",
    Saying.REFUND_DECLINED: (
        "The refund was declined. Nothing was given back. Please call the manager."
    ),
    Saying.REFUND_STOPPED: ("The refund was stopped. Nothing was given back. You may try again."),
    Saying.REFUND_NOT_SENT: (
        "The card reader could not be reached. Nothing was given back. Please try again or use"
        " another card reader."
    ),
    Saying.REFUND_NOT_GIVEN: ("It is certain now that nothing was given back. You may try again."),
    Saying.RESULT_UNREADABLE: (
        "The card could not be read. Nothing was charged. Please try again or ask for another card."
    ),
    Saying.RESULT_CARD_TYPE: (
        "This kind of card is not accepted. Nothing was charged. Please ask for another card."
    ),
    Saying.RESULT_BLOCKED: (
        "This card is blocked. Nothing was charged. Please ask for another card."
    ),
    Saying.RESULT_EXPIRED: (
        "This card has expired. Nothing was charged. Please ask for another card."
    ),
    Saying.RESULT_NOT_YET_VALID: (
        "This card is not valid yet. Nothing was charged. Please ask for another card."
    ),
    Saying.RESULT_CURRENCY: (
        "The card reader does not take this currency. Nothing was charged. Please call the manager."
    ),
    Saying.RESULT_AMOUNT_TOO_LARGE: (
        "The amount is too large for this card. Nothing was charged. Please ask for another card."
    ),
    Saying.RESULT_AMOUNT_TOO_SMALL: (
        "The amount is too small for this card. Nothing was charged. Please ask for another way to"
        " pay."
    ),
    Saying.RESULT_NO_LINE: (
        "The card reader could not reach the bank. Nothing was charged. Please try again in a"
        " moment."
    ),
    Saying.RESULT_END_OF_DAY: (
        "The card reader needs its end of day first. Nothing was charged. Please call the manager."
    ),
    Saying.RESULT_PRINTER: (
        "The card reader's printer is not ready. Nothing was charged. Please check its paper and"
        " try again."
    ),
    Saying.RESULT_CARD_INSIDE: (
        "A card is still in the card reader. Nothing was charged. Please have it removed and try"
        " again."
    ),
    Saying.RESULT_READER_BUSY: (
        "The card reader was busy. Nothing was charged. Please wait a moment and try again."
    ),
    Saying.RESULT_SERVICE: (
        "The card reader needs service. Nothing was charged. Please use another card reader and"
        " call the manager."
    ),
    Saying.RESULT_STOPPED: (
        "No card was presented in time, or the payment was stopped. Nothing was charged. Please try"
        " again."
    ),
    Saying.RESULT_CHIP_REQUIRED: (
        "The magnetic stripe is not accepted. Nothing was charged. Please have the chip read, or"
        " ask for another card."
    ),
    Saying.RESULT_UNSUPPORTED: (
        "The card reader cannot do this. Nothing was charged. Please call the manager."
    ),
    Saying.RESULT_NOT_CLOSED: (
        "The card reader could not close its day. Nothing was charged. Please try again later, or"
        " call the manager."
    ),
    Saying.RESULT_OTHER: (
        "The card reader could not do it. Nothing was charged. Please try again or use another card"
        " reader."
    ),
    Saying.RESULT_ALREADY_REVERSED: (
        "This payment has been taken back before. Nothing was moved this time."
    ),
    Saying.RESULT_NOT_REVERSIBLE: (
        "The card reader cannot take this payment back any more. Nothing was moved. Please refund"
        " it to the card."
    ),
    Saying.RESULT_RESERVATION_AMOUNT: (
        "The amount does not fit what was reserved. Nothing was moved. Please call the manager."
    ),
    Saying.RESULT_RESERVATION: (
        "The card reader refuses this reservation, or has another one open. Nothing was moved."
        " Please call the manager."
    ),
    Saying.READER_ABSENT: "The card reader is not connected. Please check its power and its cable.",
    Saying.READER_CABLE: "The card reader is unplugged. Please check its cable.",
    Saying.READER_POWER: (
        "The card reader is switched off, or not on the network. Please check its power and its"
        " cable."
    ),
    Saying.READER_RESTARTING: "The card reader is restarting. It comes back by itself.",
    Saying.READER_UPDATING: (
        "The card reader is updating itself. Please leave it switched on and use another one."
    ),
    Saying.READER_HELD_ELSEWHERE: (
        "Another program is using the card reader. Please call the manager."
    ),
    Saying.READER_NO_PERMISSION: (
        "The card reader may not be used by this system. Please call the manager."
    ),
    Saying.READER_AMBIGUOUS: (
        "More than one card reader is plugged in that could be meant. Please call the manager."
    ),
    Saying.READER_OTHER_CURRENCY: (
        "The card reader is set up for another currency. Please call the manager."
    ),
    Saying.READER_OTHER_TERMINAL: (
        "Another card reader is connected than before. Please call the manager."
    ),
    Saying.READER_OTHER_DEVICE: (
        "Another device is plugged in where the card reader was. Please call the manager."
    ),
    Saying.READER_SAME_TERMINAL: (
        "This card reader is in use under another name already. Please call the manager."
    ),
    Saying.READER_NO_ANSWER: (
        "The card reader does not answer. Please switch it off and on again."
    ),
    Saying.READER_REFUSES: "The card reader refuses to work. Please call the manager.",
    Saying.READER_RESOLVING: "The card reader is being asked what became of the payment.",
    Saying.READER_QUARANTINED: (
        "The card reader failed twice and is out of use until the manager has looked at it. Please"
        " call the manager."
    ),
    Saying.READER_READY: "The card reader is ready.",
    Saying.READER_BUSY: "The card reader is busy. Please wait a moment.",
    Saying.READER_END_OF_DAY: (
        "The card reader wants its end of day before it takes payments. Please call the manager."
    ),
    Saying.READER_INITIALISATION: (
        "The card reader has to fetch its settings before it takes payments. Please call the"
        " manager."
    ),
    Saying.READER_DIAGNOSIS: (
        "The card reader wants a diagnosis before it takes payments. Please call the manager."
    ),
    Saying.READER_CLOCK: (
        "The card reader's clock is wrong; it takes no payments. Please call the manager."
    ),
    Saying.READER_UPDATE: (
        "The card reader wants an update before it takes payments. Please call the manager."
    ),
    Saying.READER_CARD_INSIDE: "A card is in the card reader. Please have it removed.",
    Saying.READER_PRINTER: "The card reader's printer is not ready. Please check its paper.",
    Saying.READER_SERVICE: (
        "The card reader needs service. Please use another card reader and call the manager."
    ),
}

LABELS: Final[Mapping[Label, str]] = {
    Label.TEST_MODE: "TEST MODE - NO MONEY MOVED",
    Label.MERCHANT_COPY: "Merchant copy",
    Label.CUSTOMER_COPY: "Customer copy",
    Label.PAYMENT: "Card payment",
    Label.PREAUTHORISATION: "Reservation",
    Label.CAPTURE: "Booking of a reservation",
    Label.RELEASE: "Reservation given back",
    Label.REVERSAL: "Reversal",
    Label.REFUND: "Refund",
    Label.END_OF_DAY: "End of day",
    Label.APPROVED: "APPROVED",
    Label.DECLINED: "DECLINED",
    Label.CANCELLED: "CANCELLED",
    Label.CLOSED: "CLOSED",
    Label.NOT_CHARGED: "Nothing was charged",
    Label.NOT_RESERVED: "Nothing was reserved",
    Label.STILL_RESERVED: "The reservation stays",
    Label.NOT_PAID_BACK: "Nothing was paid back",
    Label.NOT_CLOSED: "The day was not closed",
    Label.AMOUNT: "Amount",
    Label.TOTAL: "Total",
    Label.TIP: "of which tip",
    Label.CARD: "Card",
    Label.TERMINAL: "Terminal",
    Label.DATE: "Date",
    Label.TRACE: "Trace no.",
    Label.ORIGINAL_TRACE: "Original trace",
    Label.RECEIPT: "Receipt no.",
    Label.RECEIPTS: "Receipts",
    Label.AUTHORISATION: "Authorisation",
    Label.AID: "AID",
    Label.CONTRACT: "Contract no.",
    Label.RESULT: "Result code",
    Label.SIGNATURE: "Signature",
    Label.SIGNATURE_REQUIRED: "SIGNATURE REQUIRED",
    Label.PROVEN_LATER: "Outcome confirmed after an interruption",
}
