"""What customers write in ``support_queries``, by intent: patterns in which ``(a|b)`` is a choice."""

# Share of the day, patterns in English, in German, in French.
INTENTS: dict[str, tuple[float, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "order_status": (
        0.22,
        (
            "where is my order {order}?",
            "I ordered {item} on {date} and (it still hasn't arrived|it hasn't shown up yet)",
            "can you (check|tell me) the status of order {order}?",
            "when will my {thing} be delivered? (|The order number is {order})",
            "tracking for {order} hasn't (moved|changed) since {weekday}",
            "my parcel was supposed to (come|arrive) on {date}, what's going on?",
            "it looks like my order from {shop} is stuck (in transit|at the depot)",
            "do I need to be home (for|during) the delivery of {order}?",
            "has my {thing} been (shipped|sent out) yet?",
        ),
        ("Wo bleibt meine Bestellung {order}?", "Wann (kommt|liefern Sie) {order}? Bestellt am {date}"),
        ("Où est ma commande {order} ?", "Quand est-ce que je reçois {order}, commandée le {date} ?"),
    ),
    "card_arrival": (
        0.16,
        (
            "I'm still waiting (for|on) my {card}, (it's been {n} days|ordered it on {date})",
            "how long does it take to get (a new|my) {card}?",
            "when will my {card} arrive?",
            "I haven't received my {card} yet, (can you check|is it lost in the post)?",
            "where can I see the delivery date of my {card}?",
            "is there a way to track the {card} you (sent|posted) on {date}?",
            "my new card (was|should have been) here on {weekday}, it isn't",
        ),
        ("Meine {card} ist noch nicht da, bestellt am {date}", "Wann kommt meine neue {card}?"),
        ("Je n'ai toujours pas reçu ma {card}", "Quand arrive ma {card}, svp ?"),
    ),
    "refund_status": (
        0.14,
        (
            "I returned {item} on {date}, where is my refund of {amount}?",
            "how long will it take to get (the|my) refund for {order}?",
            "{shop} says (they|it) refunded {amount} but I can't see it (in my account|anywhere)",
            "I have a question about my refund, (the order is|it's for) {order}",
            "my refund (doesn't|does not) show up in {app}",
            "can you check why I was refunded {amount} (and not|instead of) {amount2}?",
            "the money for {order} is not back (on|in) my account (after {n} days|yet)",
        ),
        ("Wo bleibt meine Erstattung von {amount}?", "Ich warte seit {n} Tagen auf mein Geld zurück"),
        ("Où en est mon remboursement de {amount} ?", "Pas encore remboursé pour {order} depuis {n} jours"),
    ),
    "payment_declined": (
        0.13,
        (
            "my {card} was declined (at {shop}|in {city}), why?",
            "why doesn't my {card} work (in {city}|online|at {shop})?",
            "I can't pay {amount} at {shop}, (it says declined|the payment fails)",
            "there is a problem with my {card}, it keeps getting (declined|rejected)",
            "payment of {amount} did not go through (|on {weekday}) but I have enough money",
            "what should I do if my card is declined (abroad|in {city})?",
            "I'm having trouble with paying by {app}, (error at checkout|it never goes through)",
        ),
        ("Meine {card} wurde bei {shop} abgelehnt", "Warum kann ich {amount} nicht bezahlen?"),
        ("Ma {card} est refusée chez {shop}", "Pourquoi mon paiement de {amount} ne passe pas ?"),
    ),
    "transfer_pending": (
        0.1,
        (
            "I sent {amount} to (my landlord|a friend|{city}) on {date} and it's still pending",
            "how long does it take to transfer money (from {vault} to my current account|abroad)?",
            "my transfer of {amount} has not arrived, (can you check|where is it)?",
            "it seems that my transfer from {vault} is stuck since {weekday}",
            "can you tell me why the transfer to (IBAN DE89 3704 0044 0532 0130 00|{city}) isn't done?",
            "do I have to (confirm|approve) the transfer of {amount} again in {app}?",
        ),
        ("Die Überweisung über {amount} vom {date} ist noch offen", "Wo ist mein Geld? {amount}, {date}"),
        ("Mon virement de {amount} est toujours en attente", "Virement du {date} pas encore arrivé"),
    ),
    "card_lost": (
        0.08,
        (
            "I lost my {card} (in {city}|on the train|yesterday), please block it",
            "my wallet was stolen (in {city}|on {weekday}), how can I (block|freeze) my {card}?",
            "I can't find my {card}, can you (block|freeze) it and send a new one?",
            "I want to report my {card} (stolen|lost|as stolen)",
            "how do I freeze my card (in {app}|right now)? I think I lost it",
        ),
        ("Ich habe meine {card} in {city} verloren, bitte sperren", "Karte gestohlen! Wie sperre ich sie?"),
        ("J'ai perdu ma {card} à {city}", "On m'a volé ma carte, comment la bloquer ?"),
    ),
    "return_item": (
        0.06,
        (
            "I want to return {item} (from order {order}|bought on {date})",
            "how do I send back {item}? (|It's the wrong size|It doesn't fit)",
            "the {thing} arrived (broken|damaged), what do I do now?",
            "can I return {item} after {n} days?",
            "where do I (find|print) the return label for {order}?",
        ),
        ("Wie kann ich {order} zurückschicken?", "Ich möchte den Artikel vom {date} zurückgeben"),
        ("Comment retourner la commande {order} ?", "Je voudrais renvoyer un article reçu cassé"),
    ),
    "password_reset": (
        0.04,
        (
            "I forgot my password for {app}, (how can I reset it|what now)?",
            "I can't log in to {app}, it says (wrong password|my account is locked)",
            "how do I (reset|change) my (password|passcode)?",
            "the reset link doesn't work, (it never arrives|I tried {n} times)",
        ),
        ("Passwort für {app} vergessen", "Ich kann mich nicht mehr anmelden"),
        ("J'ai oublié mon mot de passe {app}", "Impossible de me connecter depuis {date}"),
    ),
    "change_address": (
        0.03,
        (
            "I'm moving to {city} on {date}, how do I (change|update) my address?",
            "I need to update my address before you send the new {card}",
            "can you change the delivery address of {order}? I moved",
            "where can I change my (address|phone number) in {app}?",
        ),
        ("Ich bin nach {city} umgezogen, neue Adresse?", "Wie ändere ich meine Adresse?"),
        ("J'ai déménagé à {city}, comment changer d'adresse ?", "Nouvelle adresse à partir du {date}"),
    ),
    "dispute_charge": (
        0.02,
        (
            "I noticed a charge of {amount} from {shop} that I don't recognise",
            "you charged me twice (for {order}|on {date}), I want to dispute {amount}",
            "how can I dispute a payment (to|from) {shop}? I never made it",
            "there is a payment of {amount} on my {card} which isn't mine",
            "I have a problem with a charge from {shop} on {date}, I did not (make|approve) it",
        ),
        ("Unbekannte Abbuchung von {shop} über {amount}", "Ich wurde doppelt belastet: {amount}"),
        ("Je ne reconnais pas un débit de {amount}", "Débité deux fois par {shop} le {date}"),
    ),
    "exchange_rate": (
        0.02,
        (
            "what exchange rate do you use (for payments in {city}|when I pay in dollars)?",
            "is there a fee (for paying|when I pay) in another currency with my {card}?",
            "I paid {amount} in {city} and the exchange rate (was wrong|isn't right)",
            "how do I see the rate before I (exchange|convert) {amount}?",
            "can I hold dollars in {vault}?",
        ),
        ("Welchen Wechselkurs nehmen Sie in {city}?", "Gibt es eine Gebühr für Zahlungen in Dollar?"),
        ("Quel taux de change à {city} ?", "Y a-t-il des frais en devises étrangères ?"),
    ),
    "close_account": (
        0.02,
        (
            "how do I close my account?",
            "I want to close {vault} (and move the {amount} out|by {date})",
            "please close my account, I don't need {app} anymore",
            "can you delete my account and all my data?",
            "what do I need to do to (cancel|close) {vault}?",
            "I would like to cancel my {card} and leave (|by {date})",
        ),
        ("Ich möchte mein Konto kündigen", "Wie schließe ich mein {vault} Konto?"),
        ("Je souhaite clôturer mon compte", "Comment fermer mon compte {vault} ?"),
    ),
}  # fmt: skip

SLOTS: dict[str, tuple[str, ...]] = {
    "app": ("Tamrin Pay", "the app", "Tamrin Pay", "the Tamrin app"),
    "card": ("card", "debit card", "Tamrin Gold", "Tamrin Gold card", "Tamrin Metal card", "card"),
    "city": ("Lisbon", "Vienna", "Oslo", "Chicago", "Lyon", "Prague", "Tokyo", "Leeds"),
    "item": ("a lamp", "running shoes", "a rain jacket", "the headphones", "a desk chair", "two blankets"),
    "shop": ("Bookhaus", "Velodoc", "Mira Home", "Kantine 9", "Fernweh Travel", "Petite Serre"),
    "thing": ("lamp", "rain jacket", "order", "desk chair", "parcel", "blanket"),
    "vault": ("Tamrin Vault", "FlexiSaver", "my savings account", "FlexiSaver"),
    "weekday": ("Monday", "Tuesday", "Thursday", "Friday", "last week", "Saturday"),
}
GREETINGS = {"en": ("Hi, ", "Hello, ", "hey ", "Hi there, ", "Hi "), "de": ("Hallo, ", "Guten Tag, "),
             "fr": ("Bonjour, ", "Salut, ")}  # fmt: skip
CLOSINGS = {"en": (" Thanks", " Thank you!", " thx", " Thanks in advance.", " It's urgent!", " Any idea?"),
            "de": (" Danke!", " Vielen Dank"), "fr": (" Merci !", " Merci d'avance")}  # fmt: skip
