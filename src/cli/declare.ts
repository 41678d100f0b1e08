/**
 * How a command is declared: its usage line and its flags are the source of its types. A body states which values it
 * takes; a body and a declaration that disagree do not compile, so no flag is accepted and ignored by a typing slip.
 */

import type { Context } from './context.ts'
import type { Result } from './outcome.ts'

export type Audience = 'vendor' | 'customer' | 'CI' | 'anyone'

/** `--name`, `--name <value>`, or `--name <value>...` for one that may be repeated; each with what it does. */
export type Flags = Readonly<Record<`--${string}`, string>>

type Camel<S extends string> = S extends `${infer H}-${infer T}` ? `${H}${Capitalize<Camel<T>>}` : S
type FlagName<F> = F extends `--${infer N} <${string}` ? Camel<N> : F extends `--${infer N}` ? Camel<N> : never
type FlagValue<F> = F extends `${string}>...`
  ? readonly string[]
  : F extends `${string}>`
    ? string | undefined
    : boolean
type PlaceName<W> = W extends `<${infer N}...>` | `[${infer N}...]`
  ? N
  : W extends `<${infer N}>` | `[${infer N}]`
    ? N
    : never
type PlaceValue<W> = W extends `${string}...${string}`
  ? readonly string[]
  : W extends `<${string}`
    ? string
    : string | undefined
type Words<U extends string> = U extends `${infer H} ${infer T}` ? H | Words<T> : U

/** The values of a command. Every key is there: a switch is false, a value undefined, a list empty when not given. */
export type Given<U extends string, F extends Flags> = {
  readonly [W in Words<U> as PlaceName<W>]: PlaceValue<W>
} & { readonly [K in keyof F & string as FlagName<K>]: FlagValue<K> }

export type Body<O> = (context: Context, given: O) => Promise<Result>

export interface Command {
  /** Words and places: `customer add`, `renew <key>`, `help [topic...]`. Places are single words, in lower case. */
  readonly usage: string
  readonly audience: Audience
  /** One line, lower case, no full stop. */
  readonly summary: string
  readonly flags: Flags
  /** Whole command lines; the first is the commonest. */
  readonly examples: readonly [string, ...string[]]
  /** Absent while nobody has written the body: the command is then not offered. */
  readonly run?: () => Promise<Body<Readonly<Record<string, unknown>>>>
}

/**
 * Declares a command. A body's options are an interface of plain keys (`out: string | undefined`, not `out?`), so that
 * a key which no flag supplies is an error here.
 */
export const command = <const U extends string, const F extends Flags>(entry: {
  readonly usage: U
  readonly audience: Audience
  readonly summary: string
  readonly flags: F
  readonly examples: readonly [string, ...string[]]
  readonly run?: () => Promise<Body<Given<U, F>>>
  // The parser builds the values from this very entry, so they have the shape that the body was checked against.
}): Command => entry as unknown as Command
