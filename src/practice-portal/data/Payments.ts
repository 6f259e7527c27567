/** Online payments: the account at the payments provider, and the way there. Both sites of the practice read it. */

export const businessTypes = ["Company", "Partnership", "Sole trader"] as const
export const countries = ["Austria", "France", "Germany", "Italy", "Spain", "Switzerland"] as const

export interface Business {
  readonly legalName: string
  readonly businessType: string
  readonly taxNumber: string
  readonly street: string
  readonly postcode: string
  readonly city: string
  readonly country: string
}

export interface Representative {
  readonly firstName: string
  readonly lastName: string
  readonly birthDate: string
  readonly email: string
  readonly phone: string
}

export interface BankAccount {
  readonly holder: string
  readonly iban: string
}

export interface Payments {
  /** The link to the provider's pages; empty before the portal asked for it. */
  readonly onboarding: string
  readonly business?: Business
  readonly representative?: Representative
  readonly bank?: BankAccount
  /** Given by the provider at the end. */
  readonly accountId?: string
  /** Of the request that a person has to decide about. */
  readonly reference?: string
}

export const noPayments: Payments = { onboarding: "" }

/** The provider takes some restaurants on by hand: those with an id like `osteria-new` are offered no link. */
export const isLinkOffered = (restaurant: string): boolean => !restaurant.endsWith("-new")

export const newAccountId = (): string => `acct_${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`

export const lastFour = (iban: string): string => iban.slice(-4)

/** ISO 13616: the rearranged number modulo 97 is 1. */
export const isIban = (iban: string): boolean => {
  if (!/^[A-Z]{2}\d{2}[A-Z\d]{11,30}$/u.test(iban)) return false
  const digits = [...`${iban.slice(4)}${iban.slice(0, 4)}`].map((sign) => Number.parseInt(sign, 36)).join("")
  return BigInt(digits) % 97n === 1n
}

const isComplete = (values: object) => Object.values(values).every((value) => value !== "")

export const problemWithBusiness = (business: Business): string | undefined => {
  if (!isComplete(business)) return "Please fill in all fields."
  if (!businessTypes.some((type) => type === business.businessType)) return "Choose a business type."
  if (!countries.some((country) => country === business.country)) return "Choose a country."
  return /^[A-Z\d][A-Z\d /.-]{5,19}$/iu.test(business.taxNumber) ? undefined : "This is not a tax number."
}

export const problemWithRepresentative = (person: Representative): string | undefined => {
  if (!isComplete(person)) return "Please fill in all fields."
  if (!/^\d{4}-\d{2}-\d{2}$/u.test(person.birthDate)) return "The date of birth is not complete."
  if (!/^[^@\s]+@[^@\s]+$/u.test(person.email)) return "The e-mail address is not complete."
  return /^\+?[\d ]{6,20}$/u.test(person.phone) ? undefined : "This is not a telephone number."
}

export const problemWithBank = ({ holder, iban }: BankAccount): string | undefined => {
  if (holder === "") return "Please fill in all fields."
  return isIban(iban) ? undefined : "This is not a valid IBAN."
}
