/** Personal numbers and addresses on the net, and what tells them from other long numbers. */

const digitsOf = (text: string): string => text.replace(/\D/gu, "")

/** The check digit of payment cards, and of some countries' numbers of persons. */
const isLuhn = (digits: string): boolean => {
  const sum = [...digits].toReversed().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}

export const isCard = (text: string): boolean => {
  const digits = digitsOf(text)
  // No issuer's numbers begin with another digit, but those of books do.
  return digits.length >= 13 && digits.length <= 19 && /^[1-6]/u.test(digits) && isLuhn(digits)
}

/** ISO 13616: rearranged and with letters as numbers, the whole leaves 1 when divided by 97. */
export const isIban = (text: string): boolean => {
  const packed = text.replace(/[ \t]/gu, "").toUpperCase()
  if (packed.length < 15 || packed.length > 34) return false
  const numbers = (packed.slice(4) + packed.slice(0, 4)).replace(/[A-Z]/gu, (letter) =>
    String(letter.charCodeAt(0) - 55)
  )
  return [...numbers].reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1
}

/** A date, perhaps with what stands behind it. */
const DATE = /^(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d{2}|(?:19|20)\d{2}[./-]\d{1,2}[./-]\d{1,2})(?!\d)(?![./-]\d)/u

/** What a number behind these words is called by: things have numbers too. */
const OF_THINGS =
  /(?<!\p{L})(?:ref|reference|referencia|référence|order|bestellung|bestellnummer|commande|pedido|ordine|bestelling|zamówienie|encomenda|sipariş|chuumon|invoice|rechnung|facture|factura|fattura|factuur|faktura|fatura|booking|buchung|ticket|code|voucher|tracking|shipment|version|build|isbn|ean|sku|id)(?:[ \t]?(?:no|nr|n[º°]|number|bangou))?[.:#°º ]{0,3}$/iu

/** No thing's number begins with the + of a country. */
const WITH_COUNTRY = /^(?:\+|%2B)\d/iu

/** E.164 has at most 15 digits; fewer than 8 are a table, a room or a year. */
export const isPhone = (text: string, before = ""): boolean => {
  if (DATE.test(text) || (OF_THINGS.test(before) && !WITH_COUNTRY.test(text))) return false
  const { length } = digitsOf(text)
  return length >= 8 && length <= 15
}

const PRICE =
  /^\d[\d.]*[ ]?(?:EUR|USD|GBP|CHF|JPY|CNY|KRW|INR|THB|VND|AED|AUD|NZD|CAD|MXN|BRL|ARS|PLN|CZK|HUF|RON|BGN|TRY|RUB|UAH|SEK|NOK|DKK|ISK|ZAR|EGP|MAD|IDR)(?![A-Z\d])/u

const ADDRESS_OF_MACHINE = /^\d{1,3}(?:\.\d{1,3}){3}$/u

/** Nobody is called by a date, an amount of money, a computer's address, or the number of a thing. */
export const isDocument = (text: string, before = ""): boolean => {
  const packed = text.replaceAll(/[^A-Z0-9]/gu, "")
  return (
    packed.length >= 6 &&
    packed.length <= 20 &&
    digitsOf(packed).length >= 3 &&
    !DATE.test(text) &&
    !ADDRESS_OF_MACHINE.test(text) &&
    !/^[A-Z]{3} \d/u.test(text) &&
    !PRICE.test(text) &&
    !OF_THINGS.test(before)
  )
}

/** The letter behind Spanish numbers of persons is the rest of a division. */
export const isSpanish = (text: string): boolean => {
  const number = Number(text.slice(0, -1).replace(/^[XYZ]/u, (letter) => String("XYZ".indexOf(letter))))
  return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] === text.at(-1)
}

export const isSwedish = (text: string): boolean => isLuhn(digitsOf(text).slice(-10))

export const emailPattern =
  /(?<![\p{L}\p{N}._%+-])(?<is>[\p{L}\p{N}._%+-]+(?:['’][\p{L}\p{N}._%+-]+)?@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,})/dgu
export const cardPattern = /(?<![\d-])(?<is>\d(?:[ -]?\d){12,18})(?![\d-])/dgu
export const ibanPattern =
  /(?<![\p{L}\d])(?<is>[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?)(?![\p{L}\d])/dgu

/** "phone", with words such as "office" or "is" up to the number. */
const PHONE_LABEL =
  "tel|telefon\\p{L}*|telefono|teléfono|téléphone|telefone|telemóvel|telefoon|tlf|phone|mobile|mobil|mobiel|handy|portable|móvil|cellulare|cell|celular|komórka|cep|gsm|fax|whatsapp|denwa|keitai|call|ring|text|sms|appel\\p{L}*|llam\\p{L}*|chiam\\p{L}*|bel|dzwoni\\p{L}*|lig\\p{L}*|ara\\p{L}*|телефон|тел|电话|手机|電話|전화"

const NO_UNIT = "(?![ \\t]?(?:[€$£¥%]|[A-Z]{3}(?!\\p{L})|zł|kr|Ft|yen|euro|bytes|rows|kg|km|m[²³]?(?!\\p{L})))"

export const phonePatterns: ReadonlyArray<RegExp> = [
  /(?<![\p{L}\d-])(?<is>(?:\+|00|%2B)\d{1,3}[ ./-]?(?:\(0?\d{1,5}\)[ ./-]?)?\d(?:[ ./-]?\d){5,12})(?!\d)/dgu,
  /(?<![\p{L}\d-])(?<is>\(?0\d{1,5}(?:\)[ ./-]?|[ ./-])\d{2,8}(?:[ ./-]?\d{2,4}){0,3})(?![\d-])/dgu,
  /(?<![\p{L}\d-])(?<is>0[1-9]\d{8,9})(?![\d-])/dgu,
  /(?<![\p{L}\d-])(?<is>\(\d{1,5}\)[ ./-]?\d{2,5}(?:[ ./-]?\d{2,4}){1,3})(?![\d-])/dgu,
  /(?<![\p{L}\d-])(?<is>(?:1[ .-])?\(?[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4}(?:[ \t](?:x|ext\.?)[ \t]?\d{1,6})?)(?![\d-])/dgu,
  new RegExp(
    `(?<!\\p{L})(?:${PHONE_LABEL})(?!\\p{L})[^\\d\\n+(.;!?]{0,24}[.:： ]{0,3}(?<is>\\+?\\(?\\d(?:[ ./()-]{0,2}\\d){6,14})(?![\\d-])`,
    "dgiu"
  ),
  // Without a zero or a country, as they are written from Lisbon to Warsaw; what counts or costs something has a unit.
  new RegExp(
    `(?<![\\p{L}\\d.,-])(?<![€$£¥][ \\t]?)(?<is>[2-9]\\d{2}([ -])\\d{3}\\2\\d{3}|[6-9]\\d{2}([ .])\\d{2}\\3\\d{2}\\3\\d{2}|\\d{2}([ -])\\d{3}\\4\\d{2}\\4\\d{2})(?![\\d-])(?![,.]\\d)${NO_UNIT}`,
    "dgu"
  )
]

const DOCUMENT_LABEL =
  "passports?|passeport|reisepass\\p{L}*|pass|passnummer|pasaporte|passaporto|passaporte|paspoort\\p{L}*|paszport\\p{L}*|pasaport|pasupooto|pas|паспорт\\p{L}*|personalausweis\\p{L}*|ausweis\\p{L}*|id(?:entity)? card|national id|carte d['’]identité|carta d['’]identità|documento|cédula|dni|nie|nif|cpf|rg|curp|rut|cartão de cidadão|bilhete de identidade|codice fiscale|bsn|burgerservicenummer|rijksregisternummer|pesel|dowód\\p{L}*(?: osobist\\p{L}+)?|personnummer|kimlik|tckn|my number|ssn|social security|sécurité sociale|national insurance|steuer-?id\\p{L}*|steuernummer|sozialversicherungsnummer|ahv\\p{L}*|tax id|driving licen[cs]e|driver['’]s licen[cs]e|permis de conduire|führerschein\\p{L}*|rijbewijs\\p{L}*|prawo jazdy|patente|carnet de conducir|carta de condução|körkort\\p{L}*|ehliyet|unten menkyo|visa|护照|パスポート|旅券|여권"

/** Documents are told by their label, in the languages of travellers. */
export const labelledDocument = new RegExp(
  `(?<![\\p{L}])(?i:${DOCUMENT_LABEL})(?!\\p{Ll})[^\\d\\n;!?]{0,48}?(?<![A-Za-z\\d])(?<is>(?=(?:[A-Z .-]{0,20}\\d){3})[A-Z0-9]{1,20}(?:[ .-][A-Z0-9]{1,20}(?!\\p{Ll})){0,9})(?![A-Za-z\\d])(?![ \\t]?(?:[€$£¥₺]|(?:zł|kr|Ft|yen|euros?|dollars?|pounds)(?!\\p{L})))`,
  "dgu"
)

/** Or by the lines that machines read, and by forms of their own. */
export const documentPatterns: ReadonlyArray<RegExp> = [
  /(?<is>P[A-Z<][A-Z]{3}[A-Z<]{20,39})/dgu,
  /(?<is>[A-Z0-9]{9}\d[A-Z]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{14}\d{2})/dgu,
  // Numbers of persons whose form nothing else has: the United States, Brazil, Italy.
  /(?<![\d-])(?<is>\d{3}-\d{2}-\d{4})(?![\d-])/dgu,
  /(?<![\d.-])(?<is>\d{3}\.\d{3}\.\d{3}-\d{2})(?![\d-])/dgu,
  /(?<![\p{L}\d])(?<is>[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z])(?![\p{L}\d])/dgu
]

export const spanishPattern = /(?<![\p{L}\d])(?<is>(?:\d{8}|[XYZ]\d{7})[A-Z])(?![\p{L}\d])/dgu
export const swedishPattern = /(?<![\p{L}\d-])(?<is>(?:\d{2})?\d{2}[01]\d[0-3]\d[-+]\d{4})(?![\p{L}\d-])/dgu
