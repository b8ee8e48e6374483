// Loses, repeats, delays and reorders messages until it is healed; then it delivers all that is under way and everything after.

event eTransmit: (recipient: machine, what: event, content: any);
event eHeal;
event eFlush: machine;
event eFlushed;

machine Network {
    var underWay: seq[(recipient: machine, what: event, content: any)];
    var healed: bool;

    start state Open {
        on eTransmit do (letter: (recipient: machine, what: event, content: any)) {
            underWay += (sizeof(underWay), letter);
            if (healed) {
                DeliverAll();
            } else {
                while (sizeof(underWay) > 0 && $) {
                    DeliverAny();
                }
            }
        }
        on eHeal do {
            healed = true;
            DeliverAll();
        }
        on eFlush do (world: machine) {
            if (healed) {
                DeliverAll();
            } else if (sizeof(underWay) > 0) {
                DeliverAny();
            }
            send world, eFlushed;
        }
    }

    fun DeliverAny() {
        var at: int;
        var letter: (recipient: machine, what: event, content: any);
        at = choose(sizeof(underWay));
        letter = underWay[at];
        if (choose(8) == 0) {
            underWay -= (at);
            return;
        }
        if (choose(3) != 0) {
            underWay -= (at);
        }
        send letter.recipient, letter.what, letter.content;
    }

    fun DeliverAll() {
        while (sizeof(underWay) > 0) {
            send underWay[0].recipient, underWay[0].what, underWay[0].content;
            underWay -= (0);
        }
    }
}
