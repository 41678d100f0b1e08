/** Memory that stays flat however long a batch is. */

import { setFlagsFromString } from 'node:v8'

/** V8 lets its heap grow to several times what is alive in it; a batch leaves more behind than it keeps, and can do with a tenth. */
export const keepFlat = (): void => setFlagsFromString('--heap-growing-percent=10')
