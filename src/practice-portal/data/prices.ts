/** Prices as people type and read them. */

const CENTS_PER_EURO = 100
const HIGHEST_CENTS = 1_000_000

/** Cents of `12.5`, `12,50` or `12.50 €`; none when it is no price. */
export const parsePrice = (text: string): number | undefined => {
  const parts = /^(?:€\s*)?(\d{1,6})(?:[.,](\d{1,2}))?(?:\s*(?:€|EUR))?$/u.exec(text.trim())
  if (parts === null) return undefined
  const cents = Number(parts[1]) * CENTS_PER_EURO + Number((parts[2] ?? "").padEnd(2, "0"))
  return cents <= HIGHEST_CENTS ? cents : undefined
}

/** `12.50`, as in a field. */
export const priceText = (cents: number): string => (cents / CENTS_PER_EURO).toFixed(2)

const euros = new Intl.NumberFormat("en-GB", { style: "currency", currency: "EUR" })

/** `€12.50`. */
export const formatPrice = (cents: number): string => euros.format(cents / CENTS_PER_EURO)
