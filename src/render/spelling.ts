/** Codes as they are read out over the phone: the words that every radio operator knows, one for each symbol. */

const WORDS: Readonly<Record<string, string>> = Object.fromEntries(
  [
    '0:Zero 1:One 2:Two 3:Three 4:Four 5:Five 6:Six 7:Seven 8:Eight 9:Nine A:Alfa B:Bravo C:Charlie D:Delta E:Echo',
    'F:Foxtrot G:Golf H:Hotel J:Juliett K:Kilo M:Mike N:November P:Papa Q:Quebec R:Romeo S:Sierra T:Tango V:Victor',
    'W:Whiskey X:X-ray Y:Yankee Z:Zulu',
  ]
    .join(' ')
    .split(' ')
    .map((pair) => pair.split(':')),
)

/** `M4ZCM` is "Mike Four Zulu Charlie Mike". A character that no code has stays as it is. */
export const spelledOut = (group: string): string => [...group].map((symbol) => WORDS[symbol] ?? symbol).join(' ')
