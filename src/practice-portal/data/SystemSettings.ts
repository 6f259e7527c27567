/** The restaurant's system settings. */

export interface SystemSettings {
  readonly timeZone: string
  readonly currency: string
  readonly language: string
  /** In per cent, as people write it: 22 or 5.5 */
  readonly standardTax: string
  readonly reducedTax: string
  readonly pricesIncludeTax: boolean
  readonly orderEmail: string
  readonly sendsOrderEmail: boolean
  readonly receiptText: string
}

export type Choices = ReadonlyArray<readonly [value: string, label: string]>

export const timeZones: Choices = [
  ["UTC", "UTC"],
  ["Europe/Berlin", "Berlin"],
  ["Europe/London", "London"],
  ["Europe/Madrid", "Madrid"],
  ["Europe/Paris", "Paris"],
  ["Europe/Rome", "Rome"],
  ["Europe/Zurich", "Zurich"],
  ["America/New_York", "New York"]
]
export const currencies: Choices = [
  ["EUR", "Euro"],
  ["CHF", "Swiss franc"],
  ["GBP", "Pound sterling"],
  ["USD", "US dollar"]
]
export const languages: Choices = [
  ["en", "English"],
  ["de", "German"],
  ["es", "Spanish"],
  ["fr", "French"],
  ["it", "Italian"]
]

export const firstSettings: SystemSettings = {
  timeZone: "UTC",
  currency: "EUR",
  language: "en",
  standardTax: "0",
  reducedTax: "0",
  pricesIncludeTax: true,
  orderEmail: "",
  sendsOrderEmail: false,
  receiptText: ""
}

const isOffered = (choices: Choices, value: string) => choices.some(([offered]) => offered === value)

const isRate = (text: string) => /^\d{1,3}(\.\d{1,2})?$/u.test(text) && Number(text) <= 100

export const problemWithSettings = (settings: SystemSettings): string | undefined => {
  const { currency, language, orderEmail, receiptText, reducedTax, sendsOrderEmail, standardTax, timeZone } = settings
  if (!isOffered(timeZones, timeZone)) return "Choose a time zone."
  if (!isOffered(currencies, currency)) return "Choose a currency."
  if (!isOffered(languages, language)) return "Choose a language."
  if (!isRate(standardTax) || !isRate(reducedTax)) return "A tax rate is a percentage with at most two decimals."
  if (Number(reducedTax) > Number(standardTax)) return "The reduced tax rate is higher than the standard one."
  if (orderEmail !== "" && !/^[^@\s]+@[^@\s]+$/u.test(orderEmail)) return "The e-mail address is not complete."
  if (sendsOrderEmail && orderEmail === "") return "Order e-mails need an address to go to."
  return receiptText.length > 500 ? "The receipt text has at most 500 characters." : undefined
}

/** Until somebody chose where the restaurant is and how it is taxed, the settings are those of nobody. */
export const areSet = ({ orderEmail, standardTax, timeZone }: SystemSettings): boolean =>
  timeZone !== "UTC" && Number(standardTax) > 0 && orderEmail !== ""
