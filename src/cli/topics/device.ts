/** Pages for those who run a licensed product. Lines of at most 80 columns. */

import { STARTS, TOLERANCE } from '../../device/clock.ts'

export const CLOCK = `The clock of a device

A license ends at a time, and a device without network has only its own clock.
It remembers the latest time that is known to have passed, the floor: that of
everything signed it has seen, and of each look. \`lic status\` shows both.

The clock runs behind by up to ${TOLERANCE / 3600} hour         nothing happens
It was set back further                    CLOCK_ROLLED_BACK, until it is right
                                           again. A license in which nothing
                                           depends on time goes on.
It was ahead once, and is right now        the floor is too high, and only the
                                           vendor can lower it:

  1. set the clock right
  2. lic request KEY            the request says that the clock jumped
  3. the vendor sees that, compares the time, and answers: lic respond REQUEST
  4. lic activate ANSWER        the floor is the time of the answer

A license without activation may ask so too; it takes no place. An answer to a
request from before the jump changes no clock.

A machine without a battery for its clock  it shows an old time after each start
                                           and is believed to be no clock: time
                                           is counted from the floor by the time
                                           since the start, for ${STARTS} starts.
                                           Then, or before: steps 2 to 4.

Time while the machine is switched off is not counted, which is why the number
of starts is bounded. What counts is kept in the state of the device, sealed
against accident and casual editing only; nothing that the vendor signs can be
made from it.

An emergency code is for one hour: \`lic unlock\` shows the clock of the machine.`
