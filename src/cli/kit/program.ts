/**
 * The command surface of the kit: the customer's commands and the checks that need no ledger. It stands in for ../program.ts
 * where a sealed machine's single file is made (.ci/bundle.js). Invariant: nothing that is reached from here is a vendor's.
 */

import type { Command } from '../declare.ts'
import { CHECKS, HELP } from '../surface/checks.ts'
import { CUSTOMER } from '../surface/customer.ts'

export const COMMANDS: readonly Command[] = [...CUSTOMER, ...CHECKS, HELP]

export const OFFERED = COMMANDS
