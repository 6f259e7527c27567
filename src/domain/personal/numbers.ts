/** Personal numbers and addresses on the net, and what tells them from other long numbers. */

const digitsOf = (text: string): string => text.replace(/\D/gu, "")

/** The check digit of payment cards. */
export const isCard = (text: string): boolean => {
  const digits = digitsOf(text)
  if (digits.length < 13 || digits.length > 19 || /^0+$/u.test(digits)) return false
  const sum = [...digits].toReversed().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
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

const DATE = /^\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2}$/u

/** E.164 has at most 15 digits; fewer than 8 are a table, a room or a year. */
export const isPhone = (text: string): boolean => {
  if (DATE.test(text)) return false
  const { length } = digitsOf(text)
  return length >= 8 && length <= 15
}

export const emailPattern = /(?<is>[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,})/dgu
export const cardPattern = /(?<![\d-])(?<is>\d(?:[ -]?\d){12,18})(?![\d-])/dgu
export const ibanPattern =
  /(?<![\p{L}\d])(?<is>[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?)(?![\p{L}\d])/dgu

export const phonePatterns: ReadonlyArray<RegExp> = [
  /(?<![\p{L}\d-])(?<is>(?:\+|00)\d{1,3}[ ./-]?(?:\(0?\d{1,5}\)[ ./-]?)?\d(?:[ ./-]?\d){5,12})(?!\d)/dgu,
  /(?<![\p{L}\d-])(?<is>\(?0\d{1,5}\)?[ ./-]?\d{2,4}(?:[ ./-]?\d{2,4}){1,3})(?![\d-])/dgu,
  /(?<![\p{L}\d-])(?<is>\(?[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4})(?![\d-])/dgu,
  /(?<!\p{L})(?:tel|telefon|telefono|teléfono|téléphone|telefone|phone|mobile|mobil|handy|portable|móvil|cellulare|cell|телефон|тел|电话|手机|電話|전화)(?: ?(?:no|nr|number|nummer))?[.:： ]{0,3}(?<is>\+?\d(?:[ ./()-]{0,2}\d){6,14})/dgiu
]

/** Documents are told by their label, in the languages of travellers, or by the lines that machines read. */
export const documentPatterns: ReadonlyArray<RegExp> = [
  /(?<!\p{L})(?:passport|passeport|reisepass|pass|pasaporte|passaporto|passaporte|paspoort|paszport\p{L}*|pas|паспорт\p{L}*|pasaport|personalausweis|ausweis|identity card|id card|carte d['’]identité|dni|nie|codice fiscale|driving licen[cs]e|driver['’]s licen[cs]e|führerschein|visa|护照|パスポート|旅券|여권)[- ]?(?:(?:number|no|nr|n|num(?:mer|éro|ero)?|n[°ºo]|№|号码?|番号は?|번호|is|ist|est|es|è)[.:： ]*){0,3}[:： #]{0,3}(?<is>(?=(?:[A-Z ]*\d){3})[A-Z0-9]{2,4}(?: ?[A-Z0-9]{2,7}){1,3})(?![A-Za-z\d])/dgiu,
  /(?<is>P[A-Z<][A-Z]{3}[A-Z<]{20,39})/dgu,
  /(?<is>[A-Z0-9]{9}\d[A-Z]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{14}\d{2})/dgu,
  /(?<![\d-])(?<is>\d{3}-\d{2}-\d{4})(?![\d-])/dgu
]
