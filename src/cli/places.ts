/** Places in words: `3 of 5` is so many of them, or the one with this number. */

export const placeText = (number: number, of: number): string => `${number} of ${of === 0 ? 'unlimited' : of}`

export const placesText = ({ used, of }: { readonly used: number; readonly of: number }): string => placeText(used, of)
