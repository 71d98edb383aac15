"""German."""

from collections.abc import Mapping
from typing import Final

from posd.texts.sayings import Label, Saying

SAYINGS: Final[Mapping[Saying, str]] = {
    Saying.CONNECTING: "Das Kartenlesegerät beginnt die Zahlung. Einen Moment bitte.",
    Saying.PRESENT_CARD: "Bitte die Kundin oder den Kunden um die Karte bitten.",
    Saying.ENTER_PIN: "Die PIN wird eingegeben. Bitte warten.",
    Saying.WRONG_PIN: "Die PIN war falsch. Bitte um eine neue Eingabe bitten.",
    Saying.AUTHORISING: "Das Kartenlesegerät fragt die Bank. Bitte warten.",
    Saying.REMOVE_CARD: "Bitte die Karte entnehmen lassen.",
    Saying.CONFIRM_AMOUNT: "Bitte den Betrag am Kartenlesegerät bestätigen lassen.",
    Saying.CARD_NOT_ACCEPTED: "Diese Karte wird nicht angenommen. Bitte um eine andere bitten.",
    Saying.CARD_UNREADABLE: "Die Karte war nicht lesbar. Bitte noch einmal versuchen lassen.",
    Saying.REVERSING: "Das Kartenlesegerät nimmt die Zahlung zurück. Bitte warten.",
    Saying.APPROVED_FINISHING: (
        "Die Bank hat zugestimmt. Bitte warten, bis das Kartenlesegerät fertig ist."
    ),
    Saying.DECLINED_FINISHING: (
        "Die Bank hat abgelehnt. Bitte warten, bis das Kartenlesegerät fertig ist."
    ),
    Saying.FOLLOW_READER: "Bitte den Kunden bitten, der Anzeige am Kartenlesegerät zu folgen.",
    Saying.WAITS_FOR_CASHIER: "Das Kartenlesegerät wartet auf Sie. Bitte seiner Anzeige folgen.",
    Saying.MAINTENANCE: "Das Kartenlesegerät ist mit sich selbst beschäftigt. Bitte warten.",
    Saying.READER_TROUBLE: (
        "Das Kartenlesegerät meldet eine Störung. Bitte seine Antwort abwarten."
    ),
    Saying.PLEASE_WAIT: "Das Kartenlesegerät arbeitet. Bitte warten.",
    Saying.REPORTED: (
        "Das Kartenlesegerät schließt die Zahlung ab. Bitte warten und NICHT noch einmal kassieren."
    ),
    Saying.CANCELLING: (
        "Der Abbruch ist angefordert. Bitte warten: Die Zahlung kann noch zustande kommen."
    ),
    Saying.NOT_STARTED: "Diese Zahlung ist noch an keinem Kartenlesegerät. Bitte starten.",
    Saying.PAID: "Bezahlt. Bitte den Beleg aushändigen.",
    Saying.HELD: "Genehmigt und vorgemerkt. Muss noch abgeschlossen oder storniert werden.",
    Saying.NOT_CONFIRMED: (
        "Zahlung noch nicht bestätigt. NICHT noch einmal kassieren; posd fragt das Terminal."
    ),
    Saying.NEEDS_A_PERSON: (
        "Zahlung nicht bestätigt. NICHT noch einmal kassieren. Bitte die Filialleitung rufen."
    ),
    Saying.SET_ASIDE: (
        "Zahlung nicht bestätigt und zurückgestellt. Diesen Einkauf NICHT noch einmal kassieren,"
        " bis die Filialleitung entschieden hat. Das Kartenlesegerät ist frei für andere."
    ),
    Saying.CONTRADICTED: (
        "Die Aufzeichnungen des Kartenlesegeräts widersprechen dieser Zahlung. Bitte NICHT"
        " kassieren und nichts auszahlen, sondern die Filialleitung rufen."
    ),
    Saying.DECLINED: (
        "Die Karte wurde abgelehnt. Es wurde nichts abgebucht. Bitte um eine andere Karte oder"
        " Zahlungsart bitten."
    ),
    Saying.CANCELLED_BY_CUSTOMER: (
        "Die Zahlung wurde am Kartenlesegerät abgebrochen. Es wurde nichts abgebucht. Bitte fragen,"
        " wie bezahlt werden soll."
    ),
    Saying.CANCELLED_BY_TILL: "Die Zahlung wurde abgebrochen. Es wurde nichts abgebucht.",
    Saying.STOPPED_BY_READER: (
        "Das Kartenlesegerät hat die Zahlung beendet. Es wurde nichts abgebucht. Bitte noch einmal"
        " versuchen."
    ),
    Saying.NOT_SENT: (
        "Das Kartenlesegerät war nicht erreichbar. Es wurde nichts abgebucht. Bitte noch einmal"
        " oder an einem anderen Gerät versuchen."
    ),
    Saying.NOT_CHARGED: (
        "Jetzt ist sicher, dass nichts abgebucht wurde. Sie dürfen noch einmal kassieren."
    ),
    Saying.REFUND_BEGINS: "Das Kartenlesegerät beginnt die Gutschrift. Einen Moment bitte.",
    Saying.REFUND_PRESENT_CARD: (
        "Bitte die Kundin oder den Kunden um die Karte bitten, mit der bezahlt wurde."
    ),
    Saying.REFUND_CANCELLING: (
        "Der Abbruch ist angefordert. Bitte warten: Die Gutschrift kann noch zustande kommen."
    ),
    Saying.REFUND_REPORTED: (
        "Das Kartenlesegerät schließt die Gutschrift ab. Bitte warten und NICHT noch einmal"
        " auszahlen."
    ),
    Saying.REFUND_NOT_CONFIRMED: (
        "Gutschrift noch nicht bestätigt. NICHT noch einmal auszahlen; posd fragt das Terminal."
    ),
    Saying.REFUND_NEEDS_A_PERSON: (
        "Gutschrift nicht bestätigt. NICHT noch einmal auszahlen. Bitte die Filialleitung rufen."
    ),
    Saying.REFUND_SET_ASIDE: (
        "Gutschrift nicht bestätigt und zurückgestellt. NICHT noch einmal auszahlen, bis die"
        " Filialleitung entschieden hat. Das Kartenlesegerät ist frei für andere."
    ),
    Saying.REFUND_OTHER_CARD: ("Die vorgezeigte Karte ist nicht die, mit der bezahlt wurde."),
    Saying.REFUNDED: "Das Geld ist zurückgegeben. Bitte den Beleg aushändigen.",
    Saying.REFUND_DECLINED: (
        "Die Gutschrift wurde abgelehnt. Es wurde nichts zurückgegeben. Bitte die Filialleitung"
        " rufen."
    ),
    Saying.REFUND_STOPPED: (
        "Die Gutschrift wurde abgebrochen. Es wurde nichts zurückgegeben. Sie dürfen es noch einmal"
        " versuchen."
    ),
    Saying.REFUND_NOT_SENT: (
        "Das Kartenlesegerät war nicht erreichbar. Es wurde nichts zurückgegeben. Bitte noch einmal"
        " oder an einem anderen Gerät versuchen."
    ),
    Saying.REFUND_NOT_GIVEN: (
        "Jetzt ist sicher, dass nichts zurückgegeben wurde. Sie dürfen es noch einmal versuchen."
    ),
    Saying.RESULT_UNREADABLE: (
        "Die Karte war nicht lesbar. Es wurde nichts abgebucht. Bitte noch einmal versuchen oder um"
        " eine andere Karte bitten."
    ),
    Saying.RESULT_CARD_TYPE: (
        "Diese Kartenart wird nicht angenommen. Es wurde nichts abgebucht. Bitte um eine andere"
        " Karte bitten."
    ),
    Saying.RESULT_BLOCKED: (
        "Diese Karte ist gesperrt. Es wurde nichts abgebucht. Bitte um eine andere Karte bitten."
    ),
    Saying.RESULT_EXPIRED: (
        "Diese Karte ist abgelaufen. Es wurde nichts abgebucht. Bitte um eine andere Karte bitten."
    ),
    Saying.RESULT_NOT_YET_VALID: (
        "Diese Karte ist noch nicht gültig. Es wurde nichts abgebucht. Bitte um eine andere Karte"
        " bitten."
    ),
    Saying.RESULT_CURRENCY: (
        "Das Kartenlesegerät nimmt diese Währung nicht. Es wurde nichts abgebucht. Bitte die"
        " Filialleitung rufen."
    ),
    Saying.RESULT_AMOUNT_TOO_LARGE: (
        "Der Betrag ist für diese Karte zu hoch. Es wurde nichts abgebucht. Bitte um eine andere"
        " Karte bitten."
    ),
    Saying.RESULT_AMOUNT_TOO_SMALL: (
        "Der Betrag ist für diese Karte zu klein. Es wurde nichts abgebucht. Bitte um eine andere"
        " Zahlungsart bitten."
    ),
    Saying.RESULT_NO_LINE: (
        "Das Kartenlesegerät hat die Bank nicht erreicht. Es wurde nichts abgebucht. Bitte gleich"
        " noch einmal versuchen."
    ),
    Saying.RESULT_END_OF_DAY: (
        "Am Kartenlesegerät ist zuerst der Kassenschnitt fällig. Es wurde nichts abgebucht. Bitte"
        " die Filialleitung rufen."
    ),
    Saying.RESULT_PRINTER: (
        "Der Drucker des Kartenlesegeräts ist nicht bereit. Es wurde nichts abgebucht. Bitte das"
        " Papier prüfen und noch einmal versuchen."
    ),
    Saying.RESULT_CARD_INSIDE: (
        "Im Kartenlesegerät steckt noch eine Karte. Es wurde nichts abgebucht. Bitte entnehmen"
        " lassen und noch einmal versuchen."
    ),
    Saying.RESULT_READER_BUSY: (
        "Das Kartenlesegerät war beschäftigt. Es wurde nichts abgebucht. Bitte kurz warten und noch"
        " einmal versuchen."
    ),
    Saying.RESULT_SERVICE: (
        "Das Kartenlesegerät braucht den Kundendienst. Es wurde nichts abgebucht. Bitte ein anderes"
        " Gerät benutzen und die Filialleitung rufen."
    ),
    Saying.RESULT_STOPPED: (
        "Es wurde keine Karte rechtzeitig vorgezeigt, oder die Zahlung wurde abgebrochen. Es wurde"
        " nichts abgebucht. Bitte noch einmal versuchen."
    ),
    Saying.RESULT_CHIP_REQUIRED: (
        "Der Magnetstreifen wird nicht angenommen. Es wurde nichts abgebucht. Bitte den Chip lesen"
        " lassen oder um eine andere Karte bitten."
    ),
    Saying.RESULT_UNSUPPORTED: (
        "Das Kartenlesegerät kann das nicht. Es wurde nichts abgebucht. Bitte die Filialleitung"
        " rufen."
    ),
    Saying.RESULT_NOT_CLOSED: (
        "Der Kassenschnitt am Kartenlesegerät ist nicht gelungen. Es wurde nichts abgebucht. Bitte"
        " später noch einmal versuchen oder die Filialleitung rufen."
    ),
    Saying.RESULT_OTHER: (
        "Das Kartenlesegerät konnte das nicht ausführen. Es wurde nichts abgebucht. Bitte noch"
        " einmal oder an einem anderen Gerät versuchen."
    ),
    Saying.RESULT_ALREADY_REVERSED: (
        "Diese Zahlung ist schon storniert worden. Diesmal wurde nichts bewegt."
    ),
    Saying.RESULT_NOT_REVERSIBLE: (
        "Das Kartenlesegerät kann diese Zahlung nicht mehr stornieren. Es wurde nichts bewegt."
        " Bitte auf die Karte gutschreiben."
    ),
    Saying.RESULT_RESERVATION_AMOUNT: (
        "Der Betrag passt nicht zur Reservierung. Es wurde nichts bewegt. Bitte die Filialleitung"
        " rufen."
    ),
    Saying.RESULT_RESERVATION: (
        "Das Kartenlesegerät lehnt diese Reservierung ab oder hat eine andere offen. Es wurde"
        " nichts bewegt. Bitte die Filialleitung rufen."
    ),
    Saying.READER_ABSENT: (
        "Das Kartenlesegerät ist nicht verbunden. Bitte Strom und Kabel prüfen."
    ),
    Saying.READER_CABLE: "Das Kartenlesegerät ist ausgesteckt. Bitte das Kabel prüfen.",
    Saying.READER_POWER: (
        "Das Kartenlesegerät ist ausgeschaltet oder nicht im Netz. Bitte Strom und Kabel prüfen."
    ),
    Saying.READER_RESTARTING: (
        "Das Kartenlesegerät startet neu. Es meldet sich von selbst wieder."
    ),
    Saying.READER_UPDATING: (
        "Das Kartenlesegerät aktualisiert sich. Bitte eingeschaltet lassen und ein anderes"
        " benutzen."
    ),
    Saying.READER_HELD_ELSEWHERE: (
        "Ein anderes Programm benutzt das Kartenlesegerät. Bitte die Filialleitung rufen."
    ),
    Saying.READER_NO_PERMISSION: (
        "Dieses System darf das Kartenlesegerät nicht benutzen. Bitte die Filialleitung rufen."
    ),
    Saying.READER_AMBIGUOUS: (
        "Es ist mehr als ein Kartenlesegerät eingesteckt, das gemeint sein kann. Bitte die"
        " Filialleitung rufen."
    ),
    Saying.READER_OTHER_CURRENCY: (
        "Das Kartenlesegerät ist für eine andere Währung eingerichtet. Bitte die Filialleitung"
        " rufen."
    ),
    Saying.READER_OTHER_TERMINAL: (
        "Es ist ein anderes Kartenlesegerät angeschlossen als vorher. Bitte die Filialleitung"
        " rufen."
    ),
    Saying.READER_OTHER_DEVICE: (
        "Wo das Kartenlesegerät war, steckt ein anderes Gerät. Bitte die Filialleitung rufen."
    ),
    Saying.READER_SAME_TERMINAL: (
        "Dieses Kartenlesegerät ist schon unter einem anderen Namen in Gebrauch. Bitte die"
        " Filialleitung rufen."
    ),
    Saying.READER_NO_ANSWER: (
        "Das Kartenlesegerät antwortet nicht. Bitte aus- und wieder einschalten."
    ),
    Saying.READER_REFUSES: (
        "Das Kartenlesegerät verweigert den Dienst. Bitte die Filialleitung rufen."
    ),
    Saying.READER_RESOLVING: "Das Kartenlesegerät wird gefragt, was aus der Zahlung wurde.",
    Saying.READER_QUARANTINED: (
        "Das Kartenlesegerät ist nach zwei Störungen gesperrt, bis die Filialleitung es geprüft"
        " hat. Bitte die Filialleitung rufen."
    ),
    Saying.READER_READY: "Das Kartenlesegerät ist bereit.",
    Saying.READER_BUSY: "Das Kartenlesegerät ist beschäftigt. Bitte kurz warten.",
    Saying.READER_END_OF_DAY: (
        "Das Kartenlesegerät verlangt zuerst den Kassenschnitt. Bitte die Filialleitung rufen."
    ),
    Saying.READER_INITIALISATION: (
        "Das Kartenlesegerät muss zuerst seine Einstellungen laden (Initialisierung). Bitte die"
        " Filialleitung rufen."
    ),
    Saying.READER_DIAGNOSIS: (
        "Das Kartenlesegerät verlangt zuerst eine Diagnose. Bitte die Filialleitung rufen."
    ),
    Saying.READER_CLOCK: (
        "Die Uhr des Kartenlesegeräts geht falsch; es nimmt keine Zahlungen an. Bitte die"
        " Filialleitung rufen."
    ),
    Saying.READER_UPDATE: (
        "Das Kartenlesegerät verlangt zuerst ein Update. Bitte die Filialleitung rufen."
    ),
    Saying.READER_CARD_INSIDE: "Im Kartenlesegerät steckt eine Karte. Bitte entnehmen lassen.",
    Saying.READER_PRINTER: (
        "Der Drucker des Kartenlesegeräts ist nicht bereit. Bitte das Papier prüfen."
    ),
    Saying.READER_SERVICE: (
        "Das Kartenlesegerät braucht den Kundendienst. Bitte ein anderes Gerät benutzen und die"
        " Filialleitung rufen."
    ),
}

LABELS: Final[Mapping[Label, str]] = {
    Label.TEST_MODE: "TESTBETRIEB - KEIN GELD BEWEGT",
    Label.MERCHANT_COPY: "Händlerbeleg",
    Label.CUSTOMER_COPY: "Kundenbeleg",
    Label.PAYMENT: "Kartenzahlung",
    Label.PREAUTHORISATION: "Reservierung",
    Label.CAPTURE: "Buchung der Reservierung",
    Label.RELEASE: "Reservierung aufgehoben",
    Label.REVERSAL: "Storno",
    Label.REFUND: "Gutschrift",
    Label.END_OF_DAY: "Kassenschnitt",
    Label.APPROVED: "GENEHMIGT",
    Label.DECLINED: "ABGELEHNT",
    Label.CANCELLED: "ABGEBROCHEN",
    Label.CLOSED: "ABGESCHLOSSEN",
    Label.NOT_CHARGED: "Es wurde nichts abgebucht",
    Label.NOT_RESERVED: "Es wurde nichts reserviert",
    Label.STILL_RESERVED: "Die Reservierung bleibt",
    Label.NOT_PAID_BACK: "Es wurde nichts erstattet",
    Label.NOT_CLOSED: "Es wurde nicht abgeschlossen",
    Label.AMOUNT: "Betrag",
    Label.TOTAL: "Summe",
    Label.TIP: "davon Trinkgeld",
    Label.CARD: "Karte",
    Label.TERMINAL: "Terminal-ID",
    Label.DATE: "Datum",
    Label.TRACE: "TA-Nr.",
    Label.ORIGINAL_TRACE: "Urspr. TA-Nr.",
    Label.RECEIPT: "Beleg-Nr.",
    Label.RECEIPTS: "Belege",
    Label.AUTHORISATION: "Genehmigungs-Nr.",
    Label.AID: "EMV-AID",
    Label.CONTRACT: "VU-Nr.",
    Label.RESULT: "Antwortcode",
    Label.SIGNATURE: "Unterschrift",
    Label.SIGNATURE_REQUIRED: "UNTERSCHRIFT ERFORDERLICH",
    Label.PROVEN_LATER: "Ergebnis nach Unterbrechung bestätigt",
}
