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

export const OFFLINE = `A site without network

Nothing needs a network. What goes between the two sides is text: a file, a QR
code (photographs are read too), or lines that are read over the phone. \`lic
kit --product P --out DIR\` makes a directory with all that such a machine needs.

  lic install FILE --root root.pub   the site: once, and for each revision
  lic request KEY                    the site: two lines, to be sent
  lic respond REQUEST --typed        the vendor: a place is taken, five lines
  lic activate                       the site: types them, line by line
  lic status                         the site: what holds, what to do next

Without --typed the answer carries the certificate of its key, the newest list
and, where the tier says so, an emergency chain of that device alone.

The same machine again keeps its place. A request that is answered again gets
the same answer. For others the vendor says which:

  --new-place         one more of several that look alike
  --replaces ID       a machine that lost everything; counted within a year
  --lease 90d         it has to ask again by then: lic request --prolong
  --clock-confirmed   its clock jumped; somebody has looked: lic help clock

A container or virtual machine that shows too little of itself goes by a name
that the vendor tells: \`lic request KEY --bind id=NAME\`. A name can be copied.
Or the vendor lets it in for a lease, by what it shows: \`lic request KEY --bind
machine\`, and \`lic respond REQUEST --weak-device\`. Others may show the same.

  lic deactivate KEY                         the site: gives its place up
  lic activation release KEY --code CODE     the vendor: takes the code
  lic revocations publish --out FILE         names it, for copies of the state

A release code shows that the holder gives the place up, not that no copy was
kept: the next list that a copy reads ends it, and so does the end of a lease.

  lic emergency KEY --reason R     the vendor, by night: a code for 24 hours
  lic unlock CODE                  the site: by its own clock, which is shown
  lic renew KEY --for 1y --typed   the vendor: a renewal in five lines`
